using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Work of the caller's inside a load's transaction, in its turn: cursors, bookkeeping, whatever must become visible with the rows or not
/// at all.
/// </summary>
/// <param name="Name">What it does, in a few words: shown in pg_stat_activity while it runs, and named by its failures.</param>
/// <param name="Work">The statements. They run on the load's connection, name their tables with a schema
/// (<see cref="LoadTransaction.Resolve"/>) and leave the transaction open.</param>
public sealed record CommitStep(string Name, Func<LoadTransaction, CancellationToken, Task> Work);
