using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a batch has become so far: its chain and its counts. For one thread at a time.</summary>
internal sealed class BatchContent(LedgerSpan span)
{
    private uint next = span.First;

    /// <summary>The chain of its ledgers.</summary>
    public LedgerChain Chain { get; } = new();

    /// <summary>What its ledgers held.</summary>
    public HistoryCounts Counts { get; } = new();

    /// <summary>What is proved of it and of those that it is joined to; null before.</summary>
    public LedgerProof? Proof { get; set; }

    /// <summary>Adds the next ledger.</summary>
    public void Add(LedgerRows ledger)
    {
        if (ledger.Ledger != next++) throw BackfillThrow.OutOfRange(span, ledger.Ledger);
        Chain.Join(ledger.Link!, ledger.Location);
        Counts.Add((HistoryCounts)ledger.Parts[0].Facts!);
    }

    /// <summary>Refuses a batch of which a ledger did not come.</summary>
    public void CheckWhole()
    {
        if (next != span.Last + 1) throw BackfillThrow.OutOfRange(span, next);
    }
}
