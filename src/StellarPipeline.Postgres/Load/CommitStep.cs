using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Work of the caller inside a load's transaction, such as cursors or bookkeeping, that becomes visible together with the rows or not at
/// all.
/// </summary>
/// <param name="Name">What it does, in a few words. Shown in pg_stat_activity while it runs, and in error messages.</param>
/// <param name="Work">The statements. They run on the load's connection. They must name tables with their schema
/// (<see cref="LoadTransaction.Resolve"/>) and leave the transaction open.</param>
public sealed record CommitStep(string Name, Func<LoadTransaction, CancellationToken, Task> Work)
{
    /// <summary>
    /// True if the first statement of the work is sent in a <see cref="LoadTransaction.NewBatch"/>, which shows the name; that saves a
    /// round trip.
    /// </summary>
    internal bool ShowsStage { get; init; }
}
