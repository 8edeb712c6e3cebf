using System.Buffers;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Reads small archive files completely, up to a size limit.</summary>
internal static class ArchiveFile
{
    // A file that changes during a read was being written; the newest state is rewritten every few minutes.
    private const int MaxReadings = 4;

    /// <summary>Reads a text file, which may be compressed although its name does not say so: some stores compress every file.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="path">The file's path in it.</param>
    /// <param name="maxBytes">Size limit in bytes, stored and uncompressed.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Its text; null if the file does not exist.</returns>
    /// <exception cref="ArchiveException">The file is too large or cannot be read.</exception>
    public static async Task<byte[]?> ReadTextAsync(
        IArchiveTransport transport, string path, int maxBytes, CancellationToken cancellationToken)
    {
        byte[]? stored = await RepeatAsync(
            transport, path, source => ReadStoredAsync(source, path, maxBytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (stored is null || !GunzipReader.IsGzip(stored))
            return stored;
        var packed = new ArchiveObject(new MemoryStream(stored, writable: false), path, stored.Length);
        return await UnpackAsync(packed, path, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a file and decompresses it.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="path">The file's path in it.</param>
    /// <param name="maxBytes">Size limit in uncompressed bytes.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Its uncompressed bytes; null if the file does not exist.</returns>
    /// <exception cref="ArchiveException">The file is damaged, too large, or cannot be read.</exception>
    public static Task<byte[]?> ReadContentAsync(
        IArchiveTransport transport, string path, int maxBytes, CancellationToken cancellationToken) =>
            RepeatAsync(transport, path, source => UnpackAsync(source, path, maxBytes, cancellationToken), cancellationToken);

    private static async Task<byte[]?> RepeatAsync(
        IArchiveTransport transport, string path, Func<ArchiveObject, Task<byte[]>> read, CancellationToken cancellationToken)
    {
        for (int reading = 1; ; reading++)
        {
            try
            {
                ArchiveObject? source = await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
                return source is null ? null : await read(source).ConfigureAwait(false);
            }
            catch (ArchiveException error) when (error.Code == TransportErrorCode.FileChanged && reading < MaxReadings)
            {
                // The parts do not fit each other: read the file again from its start.
            }
        }
    }

    private static async Task<byte[]> ReadStoredAsync(ArchiveObject source, string path, int maxBytes, CancellationToken cancellationToken)
    {
        await using (source.ConfigureAwait(false))
        {
            return await ReadAllAsync(Read, path, maxBytes, cancellationToken).ConfigureAwait(false);
        }

        async ValueTask<int> Read(Memory<byte> destination, CancellationToken token)
        {
            try
            {
                return await source.Content.ReadAsync(destination, token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw ArchiveThrow.ReadFailed(source.Location, error);
            }
        }
    }

    private static async Task<byte[]> UnpackAsync(ArchiveObject source, string path, int maxBytes, CancellationToken cancellationToken)
    {
        var reader = new GunzipReader(source, path, ArrayPool<byte>.Shared);
        await using (reader.ConfigureAwait(false))
        {
            return await ReadAllAsync(reader.ReadAsync, path, maxBytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<byte[]> ReadAllAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, string path, int maxBytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        byte[] block = new byte[Math.Min(maxBytes, 16 * 1024)];
        int count;
        while ((count = await read(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (content.Length + count > maxBytes)
                ArchiveThrow.FileTooLarge(path, maxBytes);
            content.Write(block, 0, count);
        }

        return content.ToArray();
    }
}
