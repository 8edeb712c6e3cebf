namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>One location of an archive behind a cache: copies of its checkpoint files are kept for offline use.</summary>
internal sealed class CopyingPlace(IArchiveTransport place, CheckpointStore checkpoints) : IArchiveTransport
{
    /// <inheritdoc/>
    public string Location => place.Location;

    /// <inheritdoc/>
    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
        checkpoints.OpenAsync(place, path, offset, cancellationToken);
}
