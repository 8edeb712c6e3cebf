namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>One place of an archive that is read through a cache: copies of its checkpoint files are kept for offline use.</summary>
internal sealed class CopyingPlace(IArchiveTransport place, CheckpointStore checkpoints) : IArchiveTransport
{
    /// <inheritdoc/>
    public string Location => place.Location;

    /// <inheritdoc/>
    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
        checkpoints.OpenAsync(place, path, offset, cancellationToken);
}
