namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What is known of a ledger in the history tables.</summary>
public enum LedgerState
{
    /// <summary>
    /// No table holds a row of it, and no batch has loaded it. It may have closed without transactions: only a source of ledgers can tell.
    /// </summary>
    Missing,

    /// <summary>A batch of ours has loaded it, and its rows are there.</summary>
    Loaded,

    /// <summary>Another program has written it, and all five tables agree that it is whole.</summary>
    Found,

    /// <summary>Some of its rows are there, and others are not.</summary>
    Torn,
}
