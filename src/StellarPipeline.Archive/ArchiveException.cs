using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive;

/// <summary>An archive is damaged, incomplete, or not the requested one.</summary>
/// <remarks>
/// The message says what happened, where, and what to do. The meaning of a <see cref="Code"/> never changes, so programs can rely on it.
/// </remarks>
public sealed class ArchiveException : PipelineException
{
    internal ArchiveException(
        FailureKind kind, string code, string message, string? file = null, long? byteOffset = null, long? record = null,
        Exception? innerException = null)
        : base(kind, message, innerException)
    {
        Code = code;
        File = file;
        ByteOffset = byteOffset;
        Record = record;
    }

    /// <summary>What went wrong, one of <see cref="ArchiveErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>The file in the archive, or the location that could not be read; null if the error is not about a file.</summary>
    public string? File { get; }

    /// <summary>
    /// Position in the file, in bytes from its start; null if unknown. In compressed files it counts uncompressed bytes, except for the
    /// GZIP codes.
    /// </summary>
    public long? ByteOffset { get; }

    /// <summary>Number of the record, from 1; null if the error is not about a record.</summary>
    public long? Record { get; }
}
