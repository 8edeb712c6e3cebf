using System.Buffers;

namespace StellarPipeline.Archive;

/// <summary>Reads small archive files whole, within a bound.</summary>
internal static class ArchiveFile
{
    /// <summary>Reads a file as it is stored.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="path">The file's path in it.</param>
    /// <param name="bytesMax">Most bytes that are accepted.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its bytes, or null when there is no such file.</returns>
    /// <exception cref="ArchiveException">The file is too large or cannot be read.</exception>
    public static async Task<byte[]?> ReadStoredAsync(IArchiveTransport transport, string path, int bytesMax, CancellationToken cancellationToken)
    {
        ArchiveObject? source = await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
        if (source is null)
            return null;
        await using (source.ConfigureAwait(false))
        {
            return await ReadAllAsync(Read, path, bytesMax, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Reads a file and decompresses it.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="path">The file's path in it.</param>
    /// <param name="bytesMax">Most uncompressed bytes that are accepted.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its uncompressed bytes, or null when there is no such file.</returns>
    /// <exception cref="ArchiveException">The file is damaged, too large, or cannot be read.</exception>
    public static async Task<byte[]?> ReadContentAsync(IArchiveTransport transport, string path, int bytesMax, CancellationToken cancellationToken)
    {
        ArchiveObject? source = await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
        if (source is null)
            return null;
        var reader = new GunzipReader(source, path, ArrayPool<byte>.Shared);
        await using (reader.ConfigureAwait(false))
        {
            return await ReadAllAsync(reader.ReadAsync, path, bytesMax, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<byte[]> ReadAllAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, string path, int bytesMax, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        byte[] block = new byte[Math.Min(bytesMax, 16 * 1024)];
        int count;
        while ((count = await read(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (content.Length + count > bytesMax)
                ArchiveThrow.FileTooLarge(path, bytesMax);
            content.Write(block, 0, count);
        }

        return content.ToArray();
    }
}
