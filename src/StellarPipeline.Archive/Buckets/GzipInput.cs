using System.IO.Compression;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Feeds a decompressor with the stored bytes of one file, followed by one gzip member of our own: the probe.</summary>
/// <remarks>
/// <see cref="GZipStream"/> checks the CRC and the length of every member, but reports nothing when a file ends inside a member or
/// continues with other data. Appending one more member detects both: it is decompressed alone and unchanged if and only if the file ended
/// at the end of a member.
/// </remarks>
internal sealed class GzipInput(ArchiveObject source, string file, byte[] buffer) : Stream
{
    private static readonly byte[] ProbeMember = MakeProbeMember();

    private int position;
    private int length;
    private bool sourceEnded;

    /// <summary>The content of the probe.</summary>
    public static ReadOnlySpan<byte> Probe => "end of file"u8;

    /// <summary>Stored bytes read so far.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Stored bytes after which reading fails: endless file names and empty members produce no output.</summary>
    public long MaxStoredBytes { get; set; } = long.MaxValue;

    /// <summary>True once the decompressor has received the probe.</summary>
    public bool ProbeGiven { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Returns the first bytes without consuming them.</summary>
    /// <returns>The available bytes: at least two, unless the file is shorter.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(CancellationToken cancellationToken)
    {
        while (length - position < 2 && !sourceEnded)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        return buffer.AsMemory(position, length - position);
    }

    /// <summary>Reads stored bytes, without the probe.</summary>
    public async ValueTask<int> ReadStoredAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (position == length && !sourceEnded)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        int count = Math.Min(destination.Length, length - position);
        buffer.AsSpan(position, count).CopyTo(destination.Span);
        position += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position < length || !sourceEnded)
            return ReadOrProbeAsync(buffer, cancellationToken);
        return ValueTask.FromResult(GiveProbe(buffer.Span));
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    private async ValueTask<int> ReadOrProbeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count = await ReadStoredAsync(destination, cancellationToken).ConfigureAwait(false);
        return count > 0 ? count : GiveProbe(destination.Span);
    }

    private int GiveProbe(Span<byte> destination)
    {
        if (ProbeGiven)
            return 0;
        ProbeGiven = true;
        ProbeMember.CopyTo(destination);
        return ProbeMember.Length;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (position == length)
            position = length = 0;
        int count;
        try
        {
            count = await source.Content.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ArchiveThrow.ReadFailed(source.Location, error);
        }

        sourceEnded = count == 0;
        length += count;
        StoredBytes += count;
        if (StoredBytes > MaxStoredBytes)
            ArchiveThrow.GzipWithoutContent(file, StoredBytes);
    }

    private static byte[] MakeProbeMember()
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Probe);
        return member.ToArray();
    }
}
