namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>Decodes zstd frames, one after the other, from memory to memory.</summary>
/// <remarks>
/// Frames may tell their content's size or not, have a checksum or not, follow each other, and be skippable (RFC 8878). For one caller at a
/// time. Memory beyond the two spans is bounded: a frame whose window is larger than 128 MiB is refused by both implementations.
/// </remarks>
internal interface IZstdDecoder : IDisposable
{
    /// <summary>Which implementation it is, and its version, for people.</summary>
    string Name { get; }

    /// <summary>Decodes as much as there is, or as there is room for.</summary>
    /// <param name="source">What was not consumed yet.</param>
    /// <param name="destination">Room for content.</param>
    /// <returns>How far it came.</returns>
    /// <exception cref="InvalidDataException">The source is no zstd frame, or a damaged one. The decoder must be reset.</exception>
    ZstdStep Decode(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Forgets a frame that was begun.</summary>
    void Reset();
}

/// <summary>How far one step of decoding came.</summary>
/// <param name="Consumed">Bytes taken from the source.</param>
/// <param name="Written">Bytes of content.</param>
/// <param name="IsFrameEnd">True if a frame ended here, so that the source may end as well.</param>
internal readonly record struct ZstdStep(int Consumed, int Written, bool IsFrameEnd);
