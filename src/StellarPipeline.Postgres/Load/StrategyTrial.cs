using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Tries what the chosen foreign-key strategy would do to the tables and rolls it back, so that a plan tells which strategy a load would
/// use.
/// </summary>
/// <remarks>
/// Only <c>recreate</c> changes tables. Event triggers, extensions or managed services may refuse that even to a role with all privileges.
/// The trial needs ACCESS EXCLUSIVE. It runs only if the lock is granted without waiting, and ends within milliseconds; if a table is in
/// use, there is no trial.
/// </remarks>
internal static class StrategyTrial
{
    internal const string Check = "foreign keys";
    private const string Savepoint = "load_strategy";

    // For locks that a statement takes in addition: no other session should queue behind them.
    private const string LockTimeout = "10ms";

    /// <summary>Tries the plan's strategy; if the server refuses it, plans the next one, as a load does.</summary>
    /// <param name="connection">A connection inside a transaction that holds no lock which others would wait for.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="findings">Receives the findings.</param>
    /// <param name="cancellationToken">Ends the trial; the transaction must then be rolled back.</param>
    /// <returns>The plan that a load would use: the same one if nothing was refused, or if no other strategy is wanted.</returns>
    /// <exception cref="ForeignKeyException">The catalogue could not be read.</exception>
    public static async Task<ForeignKeyPlan> RunAsync(
        NpgsqlConnection connection, ForeignKeyPlan plan, ICollection<LoadFinding> findings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(findings);
        while (plan.Chosen?.Name == RecreateStrategy.StrategyName)
        {
            await Sql.ExecuteAsync(connection, $"SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            PostgresException? refusal = await TryAsync(connection, plan, cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(connection, $"ROLLBACK TO SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(connection, $"RELEASE SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            if (refusal is null)
                return plan;
            string words = $"{refusal.SqlState} {refusal.MessageText}";
            if (!LoadOpening.IsRefusal(refusal))
            {
                findings.Add(
                    new LoadFinding(
                        Check, false,
                        $"Foreign-key strategy {plan.Chosen.Name} was not tried, because the table is in use ({words.TrimEnd('.')}): a "
                            + $"load tries it, and uses another one if the server refuses."));
                return plan;
            }

            if (LoadOpening.Next(plan.Options, plan.Chosen.Name, words) is not { } next)
            {
                findings.Add(
                    new LoadFinding(Check, true,
                        $"{LoadOpening.Tried(plan.Chosen.Name, words)} Choose another strategy, or allow the role to do "
                            + "what was refused."));
                return plan;
            }

            findings.Add(new LoadFinding(Check, false, $"{LoadOpening.Tried(plan.Chosen.Name, words)} Another one is planned."));
            plan = await ForeignKeyLoad.PlanAsync(connection, plan.Catalog, next, cancellationToken).ConfigureAwait(false);
        }

        return plan;
    }

    /// <summary>Null if the server accepted every statement.</summary>
    private static async Task<PostgresException?> TryAsync(
        NpgsqlConnection connection, ForeignKeyPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            await Sql.SetLocalAsync(connection, "lock_timeout", LockTimeout, cancellationToken).ConfigureAwait(false);
            if (TableLocks.Statement(RecreateStrategy.Changed(plan.Catalog, plan.Options), TableLockMode.AccessExclusive) is { } lockTables)
                await Sql.ExecuteAsync(connection, $"{lockTables} NOWAIT", cancellationToken).ConfigureAwait(false);
            await ForeignKeyLoad.Prepare(plan).Strategy.BeforeLoadAsync(connection, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (PostgresException error)
        {
            return error;
        }
        catch (ForeignKeyException error) when (error.InnerException is PostgresException refusal)
        {
            return refusal;
        }
    }
}
