using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A source of ledgers cannot be read, is damaged, incomplete, or not the requested one.</summary>
/// <remarks>The message says what happened, where, and what to do. The meaning of a <see cref="Code"/> never changes.</remarks>
public class LedgerException : PipelineException
{
    internal LedgerException(FailureKind kind, string code, string message, Exception? innerException = null)
        : base(kind, message, innerException) => Code = code;

    /// <summary>What went wrong, one of <see cref="LedgerErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>The object, file or URL; null if the error is not about one.</summary>
    public string? File { get; init; }

    /// <summary>
    /// Position in the uncompressed content, in bytes from its start; for damaged compressed data, position in the stored bytes. Null if
    /// unknown.
    /// </summary>
    public long? ByteOffset { get; init; }

    /// <summary>The ledger; null if unknown, or if the error is not about one.</summary>
    public uint? Ledger { get; init; }
}

/// <summary>A source has a gap: ledgers are missing before others that exist, or before its first one.</summary>
public sealed class LedgersMissingException : LedgerException
{
    internal LedgersMissingException(uint first, uint last, string message)
        : base(FailureKind.Archive, LedgerErrorCode.Missing, message)
    {
        Ledger = FirstMissing = first;
        LastMissing = last;
    }

    /// <summary>The first missing ledger.</summary>
    public uint FirstMissing { get; }

    /// <summary>The last ledger known to be missing; the gap may be larger.</summary>
    public uint LastMissing { get; }
}

/// <summary>A source ends before the last requested ledger; all ledgers up to its end have been returned.</summary>
public sealed class LedgersEndedException : LedgerException
{
    internal LedgersEndedException(uint? last, uint wanted, string message)
        : base(FailureKind.Archive, LedgerErrorCode.Ended, message)
    {
        LastLedger = last;
        Ledger = last;
        Wanted = wanted;
    }

    /// <summary>The last ledger of the source; null if it contains none of the requested ledgers.</summary>
    public uint? LastLedger { get; }

    /// <summary>The last requested ledger.</summary>
    public uint Wanted { get; }
}
