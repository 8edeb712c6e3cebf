using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Checks the database before a load of the wallet tables. The load, its dry run and a plan use the same checks, so that they cannot
/// contradict each other.
/// </summary>
/// <param name="database">The database; stays the caller's.</param>
/// <param name="options">The options of the load.</param>
/// <param name="loggers">Where the checks log.</param>
public sealed class PopulatePlanner(NpgsqlDataSource database, PopulateOptions options, ILoggerFactory loggers)
{
    /// <summary>Makes the plan of a load without reading the archive. Changes nothing.</summary>
    /// <param name="network">The network, whose ingestion must not be running; null if it is not known: then this is not checked, and a
    /// finding says so.</param>
    /// <param name="checkpoint">The ledger of the checkpoint; null for the highest ledger of any row or cursor in the database, the oldest
    /// one that would not be refused.</param>
    /// <param name="cancellationToken">Stops the checks.</param>
    /// <exception cref="DatabaseException">The database failed, or another session holds the lock of ingestion, which would also end the
    /// load.</exception>
    /// <exception cref="MigrationException">The pending migrations would be refused.</exception>
    public async Task<PopulatePlan> PlanAsync(StellarNetwork? network, uint? checkpoint, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var living = new List<LoadFinding>();
        var settings = new LoadTransactionOptions
        {
            AdvisoryLocks = network is null ? [] : Locks(network),
            LockTimeout = options.LockTimeout,
        };
        LoadPlan plan = await LookAsync(
            new PopulateChecks(options), settings,
            look => async token => living = await LivingPlan.FindAsync(look, checkpoint, options.DiscardHistoryAbove, token)
                .ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        List<LoadFinding> findings = [.. plan.Preflight.Findings.Select(Later), .. living];
        if (network is null)
        {
            findings.Add(
                new LoadFinding("session", false, "It was not checked whether ingestion is running, because the network is not known."));
        }

        ForeignKeyPlan? keys = plan.ForeignKeys;

        // A plan with obstacles is not worth a lock, and a strategy chosen by name was tried by the other checks.
        if (keys is not null && options.ForeignKeys != ForeignKeyChoice.Recreate && !findings.Exists(finding => finding.IsObstacle))
            keys = await TryAsync(keys, findings, cancellationToken).ConfigureAwait(false);
        return new PopulatePlan(plan, keys, findings);

        // Tables and columns that the load itself will create are no obstacle.
        LoadFinding Later(LoadFinding finding) =>
            plan.Asked.SchemaMayChange && finding.Check == LoadPreflight.TableShape ? finding with { IsObstacle = false } : finding;
    }

    /// <summary>The locks that exclude ingestion of a network and a load of it from each other.</summary>
    internal static IReadOnlyList<AdvisoryLock> Locks(StellarNetwork network) =>
        [.. network.IngestLockKeys.Select(key => new AdvisoryLock(key, $"ingestion of {network.Name}"))];

    /// <summary>Runs the checks in a separate transaction.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="settings">Locks and settings of the transaction.</param>
    /// <param name="history">Creates, for the transaction, the check for conflicts with history.</param>
    /// <param name="cancellationToken">Stops the checks.</param>
    internal async Task<LoadPlan> LookAsync(
        PopulateChecks checks, LoadTransactionOptions settings, Func<LoadTransaction, Func<CancellationToken, Task>> history,
        CancellationToken cancellationToken)
    {
        LoadPlan plan = await LoadPlan.CreateAsync(database, AskAsync, settings, cancellationToken).ConfigureAwait(false);
        checks.LookToo = null;
        checks.More = [];
        return plan;

        async Task<LoadRequest> AskAsync(LoadTransaction look)
        {
            checks.LookToo = history(look);
            if (options.Migrate)
            {
                checks.More = await PopulateChecks.FindUnreadableRecordsAsync(look.Connection, look.RequireSchema(), cancellationToken)
                    .ConfigureAwait(false);
            }

            // What is pending is unknown then, but the load is refused anyway.
            bool isPending = options.Migrate && checks.More.Count == 0
                && await Migrations(database, loggers).CheckUpInTransactionAsync(look.Connection, look.RequireSchema(), cancellationToken)
                    .ConfigureAwait(false);
            return checks.Request with { SchemaMayChange = isPending };
        }
    }

    /// <summary>The migrations of the wallet tables.</summary>
    internal static MigrationRunner Migrations(NpgsqlDataSource database, ILoggerFactory loggers) =>
        new(database, WalletSchema.Migrations, new MigrationRunnerOptions(), loggers.CreateLogger<MigrationRunner>());

    private async Task<ForeignKeyPlan> TryAsync(ForeignKeyPlan plan, List<LoadFinding> findings, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await SessionStart.OpenAsync(database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            (NpgsqlTransaction transaction, SessionFacts _) =
                await SessionStart.BeginAsync(database, connection, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
                return await StrategyTrial.RunAsync(connection, plan, findings, cancellationToken).ConfigureAwait(false);
        }
    }
}
