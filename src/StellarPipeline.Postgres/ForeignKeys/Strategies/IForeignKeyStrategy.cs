using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// One way to load tables whose rows arrive in an order that their foreign keys do not allow. An instance serves one load.
/// </summary>
/// <remarks>
/// Order of calls: <see cref="ProbeAsync"/> (any time, changes nothing), then inside one open transaction <see cref="BeforeLoadAsync"/>,
/// for each batch <see cref="BeforeBatchAsync"/>, and after the last row <see cref="AfterLoadAsync"/>, then the caller's COMMIT. Whatever
/// fails, the caller rolls back and nothing remains.
/// All calls after the first must come on the connection and in the transaction of <see cref="BeforeLoadAsync"/>; anything else is refused.
/// Not thread-safe.
/// </remarks>
public interface IForeignKeyStrategy
{
    /// <summary>Name as on the command line: <c>replica</c>, <c>recreate</c>, <c>deferred</c>, <c>ordered</c>.</summary>
    string Name { get; }

    /// <summary>Cost, locks, privileges, what can remain wrong, parallel use.</summary>
    StrategyFacts Facts { get; }

    /// <summary>
    /// Finds out whether this strategy can work here, without changing anything and without spoiling an open transaction.
    /// </summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not.</param>
    /// <param name="cancellationToken">Stops the probe.</param>
    Task<StrategyProbe> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);

    /// <summary>Prepares the transaction, before the first row. What turns out impossible fails here, not in the middle.</summary>
    /// <param name="connection">Connection with an open transaction.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="ForeignKeyException">The strategy cannot be used here, or there is no open transaction.</exception>
    Task BeforeLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);

    /// <summary>Called before each COPY or INSERT of a batch.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="table">Table that the batch goes to.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ForeignKeyException">Another connection than the load's.</exception>
    Task BeforeBatchAsync(NpgsqlConnection connection, QualifiedName table, CancellationToken cancellationToken = default);

    /// <summary>Restores and proves, after the last row and before COMMIT.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="ForeignKeyViolationException">Loaded rows refer to rows that do not exist.</exception>
    /// <exception cref="ForeignKeyException">Another connection or transaction than the load's.</exception>
    Task AfterLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);
}
