namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Passes on a small file, and keeps a copy once it has been read to its end.</summary>
internal sealed class CopyingStream(Stream source, long maxBytes, Action<ReadOnlyMemory<byte>> keep) : ForwardStream
{
    private MemoryStream? copy = new();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (copy is null || buffer.Length == 0)
            return count;
        if (count == 0)
        {
            keep(copy.GetBuffer().AsMemory(0, (int)copy.Length));
            copy = null;
        }
        else if (copy.Length + count > maxBytes)
        {
            copy = null;
        }
        else
        {
            copy.Write(buffer.Span[..count]);
        }

        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
