using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive;

/// <summary>An archive is damaged, incomplete, or not the one that was asked for.</summary>
/// <remarks>
/// The message says what happened, where, and what to do. <see cref="Code"/> never changes its meaning, so that programs can rely on it.
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

    /// <summary>The file inside the archive, or the place that could not be read; null where no file is concerned.</summary>
    public string? File { get; }

    /// <summary>
    /// Where in the file, in bytes from its start. For compressed files this counts uncompressed bytes, except for the GZIP codes. Null
    /// where it is not known.
    /// </summary>
    public long? ByteOffset { get; }

    /// <summary>The number of the record, from 1; null where no record is concerned.</summary>
    public long? Record { get; }
}
