using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Tries what the chosen foreign-key strategy would do to the tables and takes it back, so that a plan says what a load would come to.
/// </summary>
/// <remarks>
/// Only <c>recreate</c> changes tables, and event triggers, extensions or managed services may refuse that to a role that has every right.
/// The trial needs ACCESS EXCLUSIVE: it is made only where that is had at once, without waiting in front of others, and ends within
/// milliseconds; where a table is in use, it is not made.
/// </remarks>
internal static class StrategyTrial
{
    internal const string Check = "foreign keys";
    private const string Savepoint = "load_strategy";

    // For locks that a statement takes beyond those that were asked for: nobody is to queue behind it.
    private const string LockTimeout = "10ms";

    /// <summary>Tries the plan's strategy; where the server refuses it, the next one is planned, as a load does.</summary>
    /// <param name="connection">A connection inside a transaction, which holds no lock that others would wait for.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="findings">Receives what was found out.</param>
    /// <param name="cancellationToken">Ends the trial; the transaction is then to be rolled back.</param>
    /// <returns>The plan that a load would come to; the same where nothing was refused, or no other strategy is wanted.</returns>
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
                        $"Foreign-key strategy {plan.Chosen.Name} was not tried, the table is in use ({words.TrimEnd('.')}): a load tries "
                            + $"it, and takes another one where the server refuses."));
                return plan;
            }

            if (LoadOpening.Next(plan.Options, plan.Chosen.Name, words) is not { } next)
            {
                findings.Add(
                    new LoadFinding(Check, true,
                        $"{LoadOpening.Tried(plan.Chosen.Name, words)} Choose another strategy, or let the role do what was refused."));
                return plan;
            }

            findings.Add(new LoadFinding(Check, false, $"{LoadOpening.Tried(plan.Chosen.Name, words)} Another one is planned."));
            plan = await ForeignKeyLoad.PlanAsync(connection, plan.Catalog, next, cancellationToken).ConfigureAwait(false);
        }

        return plan;
    }

    /// <summary>Null where the server took everything.</summary>
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
