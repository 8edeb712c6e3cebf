using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The content of a batch so far: its chain of hashes and its counts. For one thread at a time.</summary>
internal sealed class BatchContent(LedgerSpan span)
{
    private uint next = span.First;

    /// <summary>The chain of its ledgers' hashes.</summary>
    public LedgerChain Chain { get; } = new();

    /// <summary>Counts of what its ledgers contain.</summary>
    public HistoryCounts Counts { get; } = new();

    /// <summary>The proof of this batch and of the batches that it was joined to; null before it is joined.</summary>
    public LedgerProof? Proof { get; set; }

    /// <summary>Adds the next ledger.</summary>
    public void Add(LedgerRows ledger)
    {
        if (ledger.Ledger != next++) throw BackfillThrow.OutOfRange(span, ledger.Ledger);
        Chain.Join(ledger.Link!, ledger.Location);
        Counts.Add((HistoryCounts)ledger.Parts[0].Facts!);
    }

    /// <summary>Throws if a ledger of the batch is missing.</summary>
    public void CheckWhole()
    {
        if (next != span.Last + 1) throw BackfillThrow.OutOfRange(span, next);
    }
}
