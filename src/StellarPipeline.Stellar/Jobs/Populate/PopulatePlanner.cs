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
/// The look at the database before a load of the wallet tables: one way for the load, for its dry run, and for a plan that somebody reads,
/// so that they cannot contradict each other.
/// </summary>
/// <param name="database">The database; stays the caller's.</param>
/// <param name="options">How the load would be made.</param>
/// <param name="loggers">Where it is told.</param>
public sealed class PopulatePlanner(NpgsqlDataSource database, PopulateOptions options, ILoggerFactory loggers)
{
    /// <summary>Makes the plan of a load whose archive is not looked at. Changes nothing.</summary>
    /// <param name="network">The network, whose ingestion must not be at work; null where it is not known: that is not looked at, which a
    /// finding says.</param>
    /// <param name="checkpoint">The ledger of the checkpoint; null for the highest ledger that the database speaks of, the oldest that
    /// would not be refused.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="DatabaseException">The database failed, or the lock of ingestion is held, as it would end the load.</exception>
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
                new LoadFinding("session", false, "Whether ingestion is at work was not looked at: its lock belongs to a network."));
        }

        ForeignKeyPlan? keys = plan.ForeignKeys;

        // What is refused anyway is not worth a lock; and a strategy that was asked for by name was tried with the other checks.
        if (keys is not null && options.ForeignKeys != ForeignKeyChoice.Recreate && !findings.Exists(finding => finding.IsObstacle))
            keys = await TryAsync(keys, findings, cancellationToken).ConfigureAwait(false);
        return new PopulatePlan(plan, keys, findings);

        // Tables and columns that the load itself brings.
        LoadFinding Later(LoadFinding finding) =>
            plan.Asked.SchemaMayChange && finding.Check == LoadPreflight.TableShape ? finding with { IsObstacle = false } : finding;
    }

    /// <summary>The locks that keep ingestion of a network and a load of it apart.</summary>
    internal static IReadOnlyList<AdvisoryLock> Locks(StellarNetwork network) =>
        [.. network.IngestLockKeys.Select(key => new AdvisoryLock(key, $"ingestion of {network.Name}"))];

    /// <summary>The checks in a transaction of their own, which ends with them.</summary>
    /// <param name="checks">What is checked.</param>
    /// <param name="settings">Locks and settings of the transaction.</param>
    /// <param name="history">Makes, for the transaction, the look at what history would contradict.</param>
    /// <param name="cancellationToken">Ends them.</param>
    internal async Task<LoadPlan> LookAsync(
        PopulateChecks checks, LoadTransactionOptions settings, Func<LoadTransaction, Func<CancellationToken, Task>> history,
        CancellationToken cancellationToken)
    {
        LoadPlan plan = await LoadPlan.CreateAsync(database, AskAsync, settings, cancellationToken).ConfigureAwait(false);
        checks.LookToo = null;
        return plan;

        async Task<LoadRequest> AskAsync(LoadTransaction look)
        {
            checks.LookToo = history(look);
            bool isPending = options.Migrate
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
