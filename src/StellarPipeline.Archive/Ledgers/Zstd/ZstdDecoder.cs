namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>Common code of both decoders: each holds a context of its library and frees it once.</summary>
internal abstract unsafe class ZstdDecoder : IZstdDecoder
{
    private void* context;

    /// <summary>Takes ownership of a context.</summary>
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

    /// <summary>Decodes as much as the source contains or the destination can hold.</summary>
    /// <returns>The library's result: zero at the end of a frame, an error code, or another number.</returns>
    protected abstract nuint Decompress(void* context, byte* to, nuint room, nuint* written, byte* from, nuint length, nuint* consumed);

    /// <summary>The text of an error; null if the result is not an error.</summary>
    protected abstract string? ErrorOf(nuint answer);

    /// <summary>Discards an unfinished frame.</summary>
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
