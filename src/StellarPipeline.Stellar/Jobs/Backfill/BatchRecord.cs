using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>One row of the bookkeeping: ledgers that are in the history tables.</summary>
/// <param name="Span">The ledgers.</param>
/// <param name="Hashes">Their chain; null where another program wrote them.</param>
/// <param name="Rows">Rows of each table.</param>
internal sealed record BatchRecord(LedgerSpan Span, BatchHashes? Hashes, TableRows Rows)
{
    /// <summary>Whether a batch of ours has loaded them.</summary>
    public bool IsLoaded => Hashes is not null;
}

/// <summary>Where the chain of a batch begins and ends.</summary>
/// <param name="Previous">What the first ledger names as the hash of the one before it.</param>
/// <param name="First">Hash of the first ledger.</param>
/// <param name="Last">Hash of the last ledger.</param>
internal readonly record struct BatchHashes(Hash256 Previous, Hash256 First, Hash256 Last);
