using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>One row of the bookkeeping: ledgers that the history tables hold.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Hashes">Their hashes; null if another program wrote them.</param>
/// <param name="Rows">Rows of each table.</param>
internal sealed record BatchRecord(LedgerSpan Span, BatchHashes? Hashes, TableRows Rows)
{
    /// <summary>Whether a backfill loaded them.</summary>
    public bool IsLoaded => Hashes is not null;
}

/// <summary>The hashes at the ends of a batch.</summary>
/// <param name="Previous">The previous-ledger hash in the header of the first ledger.</param>
/// <param name="First">Hash of the first ledger.</param>
/// <param name="Last">Hash of the last ledger.</param>
internal readonly record struct BatchHashes(Hash256 Previous, Hash256 First, Hash256 Last);
