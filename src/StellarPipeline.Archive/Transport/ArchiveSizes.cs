namespace StellarPipeline.Archive.Transport;

/// <summary>Finds the size of a file on any transport.</summary>
internal static class ArchiveSizes
{
    /// <summary>Asks the transport for the size if it supports that; otherwise opens the file.</summary>
    public static async ValueTask<ArchiveFileSize> FindAsync(IArchiveTransport transport, string path, CancellationToken cancellationToken)
    {
        if (transport is IArchiveFileSizes sizes)
            return await sizes.FindSizeAsync(path, cancellationToken).ConfigureAwait(false);
        ArchiveObject? file = await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
        if (file is null)
            return default;
        long? length = file.LengthBytes;
        await file.DisposeAsync().ConfigureAwait(false);
        return new ArchiveFileSize(IsFound: true, length);
    }
}
