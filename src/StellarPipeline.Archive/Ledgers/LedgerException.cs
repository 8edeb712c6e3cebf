using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A source of ledgers cannot be read, is damaged, incomplete, or not the one that was asked for.</summary>
/// <remarks>The message says what happened, where, and what to do. <see cref="Code"/> never changes its meaning.</remarks>
public class LedgerException : PipelineException
{
    internal LedgerException(FailureKind kind, string code, string message, Exception? innerException = null)
        : base(kind, message, innerException) => Code = code;

    /// <summary>What went wrong, one of <see cref="LedgerErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>The object, file or URL; null where none is concerned.</summary>
    public string? File { get; init; }

    /// <summary>Where in the uncompressed content, in bytes from its start; for compressed data that is damaged, in the data as it is
    /// stored. Null where it is not known.</summary>
    public long? ByteOffset { get; init; }

    /// <summary>The ledger; null where none is concerned or known.</summary>
    public uint? Ledger { get; init; }
}

/// <summary>Ledgers are missing from a source before others that are there, or before its first one: it has a hole.</summary>
public sealed class LedgersMissingException : LedgerException
{
    internal LedgersMissingException(uint first, uint last, string message)
        : base(FailureKind.Archive, LedgerErrorCode.Missing, message)
    {
        Ledger = FirstMissing = first;
        LastMissing = last;
    }

    /// <summary>The first ledger that is missing.</summary>
    public uint FirstMissing { get; }

    /// <summary>The last ledger that is known to be missing with it; the hole may be larger.</summary>
    public uint LastMissing { get; }
}

/// <summary>A source ends before the last ledger that was asked for; all ledgers up to its end were given.</summary>
public sealed class LedgersEndedException : LedgerException
{
    internal LedgersEndedException(uint? last, uint wanted, string message)
        : base(FailureKind.Archive, LedgerErrorCode.Ended, message)
    {
        LastLedger = last;
        Ledger = last;
        Wanted = wanted;
    }

    /// <summary>The last ledger of the source; null if it has none of those that were asked for.</summary>
    public uint? LastLedger { get; }

    /// <summary>The last ledger that was asked for.</summary>
    public uint Wanted { get; }
}
