using ZstdSharp.Unsafe;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The decoder of ZstdSharp.Port, which is managed code and works everywhere.</summary>
internal sealed unsafe class ManagedZstdDecoder() : ZstdDecoder(Methods.ZSTD_createDCtx())
{
    public override string Name =>
        FormattableString.Invariant($"ZstdSharp.Port {typeof(ZSTD_DCtx_s).Assembly.GetName().Version?.ToString(3)}");

    protected override nuint Decompress(void* context, byte* to, nuint room, nuint* written, byte* from, nuint length, nuint* consumed) =>
        Methods.ZSTD_decompressStream_simpleArgs((ZSTD_DCtx_s*)context, to, room, written, from, length, consumed);

    protected override string? ErrorOf(nuint answer) => Methods.ZSTD_isError(answer) ? Methods.ZSTD_getErrorName(answer) : null;

    protected override void Reset(void* context) =>
        Methods.ZSTD_DCtx_reset((ZSTD_DCtx_s*)context, ZSTD_ResetDirective.ZSTD_reset_session_only);

    protected override void Free(void* context) => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)context);
}
