namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>What both decoders do alike: they hold a context of their library, and give it back once.</summary>
internal abstract unsafe class ZstdDecoder : IZstdDecoder
{
    private void* context;

    /// <summary>Takes over a context.</summary>
    protected ZstdDecoder(void* context) => this.context = context;

    ~ZstdDecoder() => Free();

    public abstract string Name { get; }

    public ZstdStep Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        nuint consumed = 0;
        nuint written = 0;
        nuint left;
        fixed (byte* from = source)
        fixed (byte* to = destination)
            left = Decompress(context, to, (nuint)destination.Length, &written, from, (nuint)source.Length, &consumed);
        GC.KeepAlive(this);
        if (ErrorOf(left) is { } error)
            throw new InvalidDataException(error);
        return new ZstdStep((int)consumed, (int)written, left == 0);
    }

    public void Reset()
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        Reset(context);
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Decodes as much as there is, or as there is room for.</summary>
    /// <returns>What the library says: zero at the end of a frame, an error, or something else.</returns>
    protected abstract nuint Decompress(void* context, byte* to, nuint room, nuint* written, byte* from, nuint length, nuint* consumed);

    /// <summary>The words for an error; null if it is none.</summary>
    protected abstract string? ErrorOf(nuint answer);

    /// <summary>Forgets a frame that was begun.</summary>
    protected abstract void Reset(void* context);

    /// <summary>Frees a context.</summary>
    protected abstract void Free(void* context);

    private void Free()
    {
        if (context is not null)
            Free(context);
        context = null;
    }
}
