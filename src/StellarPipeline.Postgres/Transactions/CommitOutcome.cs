namespace StellarPipeline.Postgres.Transactions;

/// <summary>How it is known that a transaction was committed.</summary>
public enum CommitOutcome
{
    /// <summary>The server answered the COMMIT.</summary>
    Answered,

    /// <summary>The connection was lost during COMMIT; the server was asked again and says that the transaction was committed.</summary>
    FoundOutLater,
}
