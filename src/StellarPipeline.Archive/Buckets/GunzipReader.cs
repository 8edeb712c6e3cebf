using System.Buffers;
using System.IO.Compression;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Reads the uncompressed bytes of one archive file.</summary>
/// <remarks>
/// Input: a file of one or more gzip members (RFC 1952, with or without file names), or an uncompressed file: the first two bytes decide,
/// not the name.
/// A file that was compressed twice, as some stores do unasked, is decompressed twice: no content of an archive begins like a gzip member.
/// Output: the bytes, in order. Failure: a damaged file, a truncated file, or one with trailing data ends in one error, at the latest at
/// its end (codes GZIP_CORRUPT, GZIP_TRUNCATED, GZIP_TRAILING); a decompression bomb ends in an error as soon as it exceeds a limit (code
/// SIZE_LIMIT). One reader at a time.
/// </remarks>
internal sealed class GunzipReader : IAsyncDisposable
{
    /// <summary>Size of the buffer for stored bytes, in bytes: large enough to make reads of a file or socket rare.</summary>
    public const int InputBufferBytes = 128 * 1024;

    /// <summary>Most uncompressed bytes per stored byte, after the first <see cref="ContentBytesFree"/> of a file.</summary>
    /// <remarks>
    /// Records are full of keys and hashes, which hardly compress: buckets have ratios of 2 to 10. The format itself allows about 1,030.
    /// </remarks>
    public const int MaxRatio = 200;

    /// <summary>Uncompressed bytes for which no ratio is checked: a small bucket may consist of one contract's empty pages.</summary>
    public const long ContentBytesFree = 64L * 1024 * 1024;

    /// <summary>Stored bytes allowed in addition to two per byte of content. Compression never doubles a file.</summary>
    public const long StoredBytesFree = 16L * 1024 * 1024;

    private const byte GzipFirstByte = 0x1f;
    private const byte GzipSecondByte = 0x8b;

    private readonly ArchiveObject source;
    private readonly string file;
    private readonly ArrayPool<byte> pool;
    private readonly byte[] buffer;
    private readonly GzipInput input;
    private readonly bool isInner;
    private GZipStream? gzip;
    private GunzipReader? inner;
    private bool started;
    private bool ended;
    private long layerBytes;
    private ReadOnlyMemory<byte> heldBack;
    private bool disposed;

    /// <summary>Starts reading.</summary>
    /// <param name="source">The stored file; disposed with this reader.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="pool">Pool for the input buffer.</param>
    public GunzipReader(ArchiveObject source, string file, ArrayPool<byte> pool)
        : this(source, file, pool, isInner: false)
    {
    }

    private GunzipReader(ArchiveObject source, string file, ArrayPool<byte> pool, bool isInner)
    {
        this.isInner = isInner;
        this.source = source;
        this.file = file;
        this.pool = pool;
        buffer = pool.Rent(InputBufferBytes);
        input = new GzipInput(source, file, buffer);
    }

    /// <summary>Stored (compressed) bytes read so far.</summary>
    public long StoredBytes => input.StoredBytes;

    /// <summary>Uncompressed bytes returned so far.</summary>
    public long ContentBytes { get; private set; }

    /// <summary>True if the bytes begin like a gzip member.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> start) => start.Length >= 2 && start[0] == GzipFirstByte && start[1] == GzipSecondByte;

    /// <summary>Reads the next uncompressed bytes.</summary>
    /// <param name="destination">Receives the bytes; not empty.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Number of bytes read; 0 at the end of a complete file.</returns>
    /// <exception cref="ArchiveException">The compressed data is damaged, truncated or has trailing data, or cannot be read.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!started)
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
            if (gzip is not null && !isInner)
                return await ReadFirstAsync(destination, cancellationToken).ConfigureAwait(false);
        }

        if (!heldBack.IsEmpty)
            return GiveHeldBack(destination);
        if (inner is null)
            return await ReadLayerAsync(destination, cancellationToken).ConfigureAwait(false);
        int count = await inner.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        ContentBytes = inner.ContentBytes;
        return count;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        if (inner is not null)
            await inner.DisposeAsync().ConfigureAwait(false);
        if (gzip is not null)
            await gzip.DisposeAsync().ConfigureAwait(false);
        await input.DisposeAsync().ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
        pool.Return(buffer);
    }

    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        started = true;
        ReadOnlyMemory<byte> start = await input.PeekAsync(cancellationToken).ConfigureAwait(false);
        if (start.IsEmpty)
            ArchiveThrow.FileEmpty(file);
        if (start.Span[0] == GzipFirstByte && (start.Length == 1 || start.Span[1] == GzipSecondByte))
            gzip = new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
    }

    // The first two bytes show whether the content is compressed once more.
    private async ValueTask<int> ReadFirstAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.Length < 2)
        {
            byte[] two = new byte[2];
            int given = await ReadFirstAsync(two, cancellationToken).ConfigureAwait(false);
            heldBack = two.AsMemory(0, given);
            return GiveHeldBack(destination);
        }

        int count = 0;
        while (count < 2 && await ReadLayerAsync(destination[count..], cancellationToken).ConfigureAwait(false) is > 0 and var read)
            count += read;
        if (!IsGzip(destination.Span[..count]))
            return count;
        var layer = new OuterLayer(this, destination[..count].ToArray());
        inner = new GunzipReader(new ArchiveObject(layer, source.Location, lengthBytes: null), file, pool, isInner: true);
        return await ReadAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    private int GiveHeldBack(Memory<byte> destination)
    {
        int count = Math.Min(destination.Length, heldBack.Length);
        heldBack[..count].CopyTo(destination);
        heldBack = heldBack[count..];
        return count;
    }

    private async ValueTask<int> ReadLayerAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (ended)
            return 0;
        int count = gzip is null
            ? await input.ReadStoredAsync(destination, cancellationToken).ConfigureAwait(false)
            : await InflateAsync(gzip, destination, cancellationToken).ConfigureAwait(false);
        ended = count == 0;
        layerBytes += count;
        if (inner is null)
            ContentBytes = layerBytes;
        if (layerBytes > ContentBytesFree && layerBytes / MaxRatio > StoredBytes)
            ArchiveThrow.GzipRatio(file, StoredBytes, layerBytes, MaxRatio);
        return count;
    }

    private async ValueTask<int> InflateAsync(GZipStream stream, Memory<byte> destination, CancellationToken cancellationToken)
    {
        input.MaxStoredBytes = StoredBytesFree + (2 * layerBytes);
        try
        {
            int count = await stream.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
            if (!input.ProbeGiven)
            {
                if (count == 0)
                    ArchiveThrow.GzipTrailing(file, input.StoredBytes);
                return count;
            }

            // The decompressor reads more input only after it has returned all output, so these bytes are the probe, or the file is
            // truncated.
            if (!await IsProbeAsync(stream, destination[..count], cancellationToken).ConfigureAwait(false))
                ArchiveThrow.GzipTruncated(file, input.StoredBytes, layerBytes);
            return 0;
        }
        catch (InvalidDataException error)
        {
            if (input.ProbeGiven)
                ArchiveThrow.GzipTruncated(file, input.StoredBytes, layerBytes);
            throw ArchiveThrow.GzipCorrupt(file, input.StoredBytes, layerBytes, error);
        }
    }

    private static async ValueTask<bool> IsProbeAsync(GZipStream stream, ReadOnlyMemory<byte> start, CancellationToken cancellationToken)
    {
        // One byte more than the probe, to detect longer content.
        byte[] tail = new byte[GzipInput.Probe.Length + 1];
        if (start.Length == 0 || start.Length > GzipInput.Probe.Length)
            return false;
        start.CopyTo(tail);
        int length = start.Length;
        while (length < tail.Length)
        {
            int count = await stream.ReadAsync(tail.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                break;
            length += count;
        }

        return GzipInput.Probe.SequenceEqual(tail.AsSpan(0, length));
    }

    /// <summary>The output of one layer of compression, as the stored bytes of the next.</summary>
    private sealed class OuterLayer(GunzipReader outer, byte[] start) : ForwardStream
    {
        private int given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (given == start.Length)
                return outer.ReadLayerAsync(buffer, cancellationToken);
            int count = Math.Min(buffer.Length, start.Length - given);
            start.AsMemory(given, count).CopyTo(buffer);
            given += count;
            return ValueTask.FromResult(count);
        }
    }
}
