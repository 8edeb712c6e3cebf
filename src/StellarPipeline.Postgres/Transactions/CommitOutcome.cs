namespace StellarPipeline.Postgres.Transactions;

/// <summary>How the commit of a transaction was confirmed.</summary>
public enum CommitOutcome
{
    /// <summary>The server answered the COMMIT.</summary>
    Answered,

    /// <summary>The connection was lost during COMMIT; the server confirmed the commit on another connection.</summary>
    FoundOutLater,
}
