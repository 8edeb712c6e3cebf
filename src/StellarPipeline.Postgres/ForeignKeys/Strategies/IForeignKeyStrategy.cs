using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// A way to load tables whose rows arrive in an order that their foreign keys do not allow. An instance serves one load.
/// </summary>
/// <remarks>
/// Order of calls: <see cref="ProbeAsync"/> (any time, changes nothing), then inside one open transaction <see cref="BeforeLoadAsync"/>,
/// for each batch <see cref="BeforeBatchAsync"/>, and after the last row <see cref="AfterLoadAsync"/>, then the caller's COMMIT. After any
/// failure the caller must roll back.
/// All later calls must use the connection and the transaction of <see cref="BeforeLoadAsync"/>; other calls are refused.
/// Not thread-safe.
/// </remarks>
public interface IForeignKeyStrategy
{
    /// <summary>The name used on the command line: <c>replica</c>, <c>recreate</c>, <c>deferred</c> or <c>ordered</c>.</summary>
    string Name { get; }

    /// <summary>Cost, locks, privileges, what can remain wrong, parallel use.</summary>
    StrategyFacts Facts { get; }

    /// <summary>
    /// Checks whether this strategy can be used. It changes nothing and does not abort an open transaction.
    /// </summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not.</param>
    /// <param name="cancellationToken">Stops the probe.</param>
    Task<StrategyProbe> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);

    /// <summary>
    /// Prepares the transaction before the first row. If the strategy is impossible, this call fails, not the load midway.
    /// </summary>
    /// <param name="connection">Connection with an open transaction.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="ForeignKeyException">The strategy cannot be used here, or there is no open transaction.</exception>
    Task BeforeLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);

    /// <summary>Called before each COPY or INSERT of a batch.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="table">The table that the batch is written to.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ForeignKeyException">The connection is not the load's.</exception>
    Task BeforeBatchAsync(NpgsqlConnection connection, QualifiedName table, CancellationToken cancellationToken = default);

    /// <summary>Restores and proves the foreign keys, after the last row and before COMMIT.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="ForeignKeyViolationException">Loaded rows refer to rows that do not exist.</exception>
    /// <exception cref="ForeignKeyException">The connection or the transaction is not the load's.</exception>
    Task AfterLoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default);
}
