using System.Runtime.InteropServices;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The decoder of the system's libzstd.</summary>
internal sealed unsafe class NativeZstdDecoder : ZstdDecoder
{
    private readonly NativeZstd library;

    private NativeZstdDecoder(NativeZstd library, void* context)
        : base(context) => this.library = library;

    /// <summary>True if the system has a usable libzstd.</summary>
    public static bool IsAvailable => NativeZstd.Loaded is not null;

    public override string Name => $"libzstd {library.Version}";

    /// <summary>Creates a decoder.</summary>
    /// <returns>The decoder; null if the system has no libzstd.</returns>
    public static NativeZstdDecoder? TryCreate()
    {
        if (NativeZstd.Loaded is not { } library)
            return null;
        void* context = library.CreateContext();
        return context is not null
            ? new NativeZstdDecoder(library, context)
            : throw new InsufficientMemoryException("libzstd could not create a decompression context.");
    }

    protected override nuint Decompress(void* context, byte* to, nuint room, nuint* written, byte* from, nuint length, nuint* consumed) =>
        library.Decompress(context, to, room, written, from, length, consumed);

    protected override string? ErrorOf(nuint answer) =>
        library.IsError(answer) == 0 ? null : Marshal.PtrToStringUTF8(library.ErrorName(answer)) ?? "damaged data";

    protected override void Reset(void* context) => library.Reset(context, NativeZstd.ResetSession);

    protected override void Free(void* context) => library.FreeContext(context);
}
