using ZstdSharp.Unsafe;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The decoder of ZstdSharp.Port, which is managed code and works everywhere.</summary>
internal sealed unsafe class ManagedZstdDecoder : IZstdDecoder
{
    private ZSTD_DCtx_s* context = Methods.ZSTD_createDCtx();

    ~ManagedZstdDecoder() => Free();

    public string Name => FormattableString.Invariant($"ZstdSharp.Port {typeof(ZSTD_DCtx_s).Assembly.GetName().Version?.ToString(3)}");

    public ZstdStep Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        nuint consumed = 0;
        nuint written = 0;
        nuint left;
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            left = Methods.ZSTD_decompressStream_simpleArgs(
                context, to, (nuint)destination.Length, &written, from, (nuint)source.Length, &consumed);
        }

        GC.KeepAlive(this);
        if (Methods.ZSTD_isError(left))
            throw new InvalidDataException(Methods.ZSTD_getErrorName(left));
        return new ZstdStep((int)consumed, (int)written, left == 0);
    }

    public void Reset()
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        Methods.ZSTD_DCtx_reset(context, ZSTD_ResetDirective.ZSTD_reset_session_only);
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (context is not null)
            Methods.ZSTD_freeDCtx(context);
        context = null;
    }
}
