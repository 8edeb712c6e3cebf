namespace StellarPipeline.Postgres.Migrations;

/// <summary>What holds the lock against other runners.</summary>
internal enum MigrationLock
{
    /// <summary>The transaction that does the work. The lock ends with it, even behind a pooler.</summary>
    OfTransaction,

    /// <summary>The session, for files with <c>notransaction</c>. Not possible with a pooler that may give the session to others.</summary>
    OfSession,
}
