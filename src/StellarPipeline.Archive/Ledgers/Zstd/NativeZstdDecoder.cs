using System.Runtime.InteropServices;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The decoder of the system's libzstd, where there is one.</summary>
internal sealed unsafe class NativeZstdDecoder : IZstdDecoder
{
    private readonly NativeZstd library;
    private void* context;

    private NativeZstdDecoder(NativeZstd library)
    {
        this.library = library;
        context = library.CreateContext();
        if (context is null)
            throw new InsufficientMemoryException("libzstd could not make a decompression context.");
    }

    ~NativeZstdDecoder() => Free();

    /// <summary>True if the system has a libzstd that can be used.</summary>
    public static bool IsAvailable => NativeZstd.Loaded is not null;

    public string Name => $"libzstd {library.Version}";

    /// <summary>Makes a decoder.</summary>
    /// <returns>The decoder; null if the system has no libzstd.</returns>
    public static NativeZstdDecoder? TryCreate() => NativeZstd.Loaded is { } library ? new NativeZstdDecoder(library) : null;

    public ZstdStep Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        nuint consumed = 0;
        nuint written = 0;
        nuint left;
        fixed (byte* from = source)
        fixed (byte* to = destination)
            left = library.Decompress(context, to, (nuint)destination.Length, &written, from, (nuint)source.Length, &consumed);
        GC.KeepAlive(this);
        if (library.IsError(left) != 0)
            throw new InvalidDataException(Marshal.PtrToStringUTF8(library.ErrorName(left)) ?? "damaged data");
        return new ZstdStep((int)consumed, (int)written, left == 0);
    }

    public void Reset()
    {
        ObjectDisposedException.ThrowIf(context is null, this);
        library.Reset(context, NativeZstd.ResetSession);
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
            library.FreeContext(context);
        context = null;
    }
}
