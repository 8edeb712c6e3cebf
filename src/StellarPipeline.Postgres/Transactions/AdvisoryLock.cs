namespace StellarPipeline.Postgres.Transactions;

/// <summary>An advisory lock that a load holds until its transaction ends.</summary>
/// <param name="Key">The key, in the space of PostgreSQL's single bigint keys; a session-level lock of the same key excludes it
/// too.</param>
/// <param name="Meaning">What the lock stands for, for messages.</param>
public readonly record struct AdvisoryLock(long Key, string Meaning);
