namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>Decodes consecutive zstd frames from memory to memory.</summary>
/// <remarks>
/// Frames may or may not have a content size and a checksum, may follow each other, and may be skippable (RFC 8878). One caller at a time.
/// Memory besides the two spans is limited: both implementations reject a frame with a window larger than 128 MiB.
/// </remarks>
internal interface IZstdDecoder : IDisposable
{
    /// <summary>Name and version of the implementation, for people.</summary>
    string Name { get; }

    /// <summary>Decodes as much as the source contains or the destination can hold.</summary>
    /// <param name="source">The bytes that have not been consumed.</param>
    /// <param name="destination">Room for content.</param>
    /// <returns>How many bytes were consumed and written.</returns>
    /// <exception cref="InvalidDataException">The source is not a valid zstd frame. The decoder must be reset.</exception>
    ZstdStep Decode(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Discards an unfinished frame.</summary>
    void Reset();
}

/// <summary>The result of one decoding step.</summary>
/// <param name="Consumed">Bytes taken from the source.</param>
/// <param name="Written">Bytes of content written.</param>
/// <param name="IsFrameEnd">True if a frame ended here, so that the source may end as well.</param>
internal readonly record struct ZstdStep(int Consumed, int Written, bool IsFrameEnd);
