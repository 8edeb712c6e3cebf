namespace StellarPipeline.Postgres.Migrations;

/// <summary>Who holds the lock that keeps other runners out.</summary>
internal enum MigrationLock
{
    /// <summary>The transaction that does the work: it ends with it, whatever stands between here and the server.</summary>
    OfTransaction,

    /// <summary>The session, for files that say <c>notransaction</c>: only without a pooler that may give the session to others.</summary>
    OfSession,
}
