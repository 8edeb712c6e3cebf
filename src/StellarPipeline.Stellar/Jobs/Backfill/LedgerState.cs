namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The state of a ledger in the history tables.</summary>
public enum LedgerState
{
    /// <summary>
    /// No table has a row of it, and no batch has loaded it. The ledger may have no transactions: only a source of ledgers can tell.
    /// </summary>
    Missing,

    /// <summary>A backfill loaded it, and its rows are there.</summary>
    Loaded,

    /// <summary>Another program wrote it, and the five tables agree that it is complete.</summary>
    Found,

    /// <summary>Some of its rows are there, others are missing.</summary>
    Torn,
}
