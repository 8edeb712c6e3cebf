namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>Chooses the implementation of zstd.</summary>
internal static class ZstdDecoders
{
    /// <summary>The first four bytes of a frame.</summary>
    public static ReadOnlySpan<byte> Magic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>True if the bytes begin a frame, or a skippable frame, whose content is ignored.</summary>
    /// <param name="start">The first four bytes, or fewer.</param>
    public static bool IsFrame(ReadOnlySpan<byte> start) =>
        start.StartsWith(Magic)
            || (start.Length >= 4 && (start[0] & 0xF0) == 0x50 && start[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]));

    /// <summary>
    /// Creates a decoder: of the system's libzstd if available, which is the faster one (see the README), otherwise the managed one.
    /// </summary>
    public static IZstdDecoder Create() => (IZstdDecoder?)NativeZstdDecoder.TryCreate() ?? new ManagedZstdDecoder();
}
