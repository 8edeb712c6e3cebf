using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Stellar.Projection;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.Stellar.Populate;

/// <summary>The database side of a load: prepares the tables, copies batches, keeps the foreign keys, proves them, moves the cursors, commits. All in one transaction.</summary>
internal sealed class LoadTarget
{
    private const string OldestCursor = "oldest_ingest_ledger";

    private readonly LoadTransaction load;
    private readonly IReadOnlyList<CopyTable> tables;
    private readonly PopulateOptions options;
    private readonly ILogger logger;
    private readonly CopySink sink;
    private readonly ProofCollector proofs;
    private readonly IAuditSink audit;
    private readonly PopulateChecks checks;
    private readonly List<string> remarks = [];
    private LoadOpening? opening;
    private long rowsCopied;

    public LoadTarget(LoadTransaction load, IReadOnlyList<CopyTable> tables, long expectedRows, ByteBudget budget, PopulateOptions options, ILoggerFactory loggers)
    {
        this.load = load;
        this.tables = [.. tables.Select(load.Resolve)];
        this.options = options;
        logger = loggers.CreateLogger("database");
        checks = new PopulateChecks(options, expectedRows);
        sink = new CopySink(load, new CopySinkOptions { PageSent = page => budget.Release(page.ByteCount) });
        proofs = new ProofCollector(options.Audit);
        audit = new CompositeAuditSink(proofs, new LoggerAuditSink(loggers.CreateLogger("foreign keys")));
    }

    /// <summary>What hangs on the checkpoint in a database that ingestion has worked on.</summary>
    public required LivingDatabase Living { get; init; }

    /// <summary>The transaction.</summary>
    public LoadTransaction Load => load;

    /// <summary>Name of the foreign-key strategy.</summary>
    public string Strategy => opening?.Strategy.Name ?? "none";

    /// <summary>Why this strategy.</summary>
    public string StrategyReason => Rebuilds && options.IndexRebuild == IndexRebuild.Auto ? checks.RebuildReason(Rebuilds)
        : Plan?.Chosen is { } chosen ? string.Join(" ", chosen.For.Take(1).Concat(Refused()).Append(checks.RebuildReason(Rebuilds))).TrimEnd() : "";

    private ForeignKeyPlan? Plan => opening?.Plan;

    private bool Rebuilds => Plan?.Options.IndexRebuild == IndexRebuild.Always;

    private string IngestStore => load.Resolve(WalletTables.IngestStore).QualifiedName;

    /// <summary>Whether the parents that a batch refers to must be sent before the batch.</summary>
    public bool WritesParentsFirst { get; private set; }

    /// <summary>Whether balances of contracts that no instance proves to be an asset's must be left out. Known after <see cref="PrepareAsync"/>.</summary>
    public bool WantsProvedAssets { get; private set; }

    /// <summary>Balances that were taken out for that.</summary>
    public long RemovedBalances { get; private set; }

    /// <summary>Rows of contract_tokens that were there for such balances alone, and went with them.</summary>
    public long RemovedTokens { get; private set; }

    /// <summary>Settings that the strategy made for the load, as read back.</summary>
    public IReadOnlyDictionary<string, string> StrategySettings => proofs.Settings;

    /// <summary>What was proved.</summary>
    public IReadOnlyList<PopulateReport.ProofRow> Proofs => proofs.Rows;

    /// <summary>What an operator should know beyond the figures; empty where all went as usual.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>Triggers that would have fired for the loaded rows and did not.</summary>
    public IReadOnlyList<string> Warnings => opening?.Strategy is ReplicaStrategy ? [.. TriggerRemarks().Where(remark => remark.Contains("did not fire", StringComparison.Ordinal))] : [];

    /// <summary>Rows that the server has confirmed so far.</summary>
    public long RowsCopied => Interlocked.Read(ref rowsCopied);

    /// <summary>What was copied into a table; null for a name that is not a table of this load.</summary>
    public CopyCounters? Find(string name) => tables.FirstOrDefault(table => table.Name == name) is { } table
        ? sink.Counters.FirstOrDefault(counters => counters.Table.Name == table.Name) ?? new CopyCounters(table, 0, 0, 0, TimeSpan.Zero)
        : null;

    /// <summary>Looks, before anything is fetched or changed, whether the load will be refused. Locks nothing.</summary>
    /// <exception cref="PopulateException">Something stands in the way; the message names all of it.</exception>
    /// <param name="isMigratedLater">Whether migrations are pending, which come before the load.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public Task CheckAsync(bool isMigratedLater, CancellationToken cancellationToken) => load.GuardAsync("The look at the tables", async () =>
    {
        await load.EnterStageAsync("check", cancellationToken).ConfigureAwait(false);
        await UnlockedLook.RunAsync(
            load.Connection,
            async () =>
            {
                LoadPreflight preflight = await LoadPreflight.ReadAsync(load.Connection, checks.Request.Resolve(load.Resolve), checks.ChooseForeignKeysAsync, cancellationToken).ConfigureAwait(false);
                if (await checks.RefuseAsync(load, preflight, isMigratedLater, cancellationToken).ConfigureAwait(false) is { } refusal) throw refusal;
                if (preflight.Plan is { } plan && options.ForeignKeys == ForeignKeyChoice.Recreate) await TryAsync(plan, cancellationToken).ConfigureAwait(false);
                if (preflight.Tables.All(table => table.Exists)) await Living.CheckAsync(cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>A strategy that was asked for by name has none behind it: what the server refuses of it is found before the archive is read.</summary>
    private async Task TryAsync(ForeignKeyPlan plan, CancellationToken cancellationToken)
    {
        var findings = new List<LoadFinding>();
        await StrategyTrial.RunAsync(load.Connection, plan, findings, cancellationToken).ConfigureAwait(false);
        if (findings.Exists(finding => finding.IsObstacle)) throw PopulateThrow.Refused(load.Server, findings.FindAll(finding => finding.IsObstacle));
    }

    /// <summary>Locks the tables, refuses under the locks what cannot work before the first byte, empties the tables where that is wanted, and readies the foreign keys.</summary>
    /// <exception cref="PopulateException">Something stands in the way; the message names all of it.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => load.GuardAsync("The preparation of the tables", async () =>
    {
        await load.EnterStageAsync("prepare", cancellationToken).ConfigureAwait(false);
        opening = await LoadOpening.OpenAsync(
            load, checks.Request, checks.ChooseForeignKeysAsync, async (preflight, token) => await checks.RefuseAsync(load, preflight, isMigratedLater: false, token).ConfigureAwait(false), Living.PrepareAsync, audit, cancellationToken).ConfigureAwait(false);
        sink.Know(opening.Preflight.Tables);
        if (opening.Emptied is { } result) logger.LogInformation("Emptied the tables with {Method}{Reason}.", result.Method, result.Reason is null ? "" : $", since {result.Reason}");

        // Only a strategy that lets PostgreSQL look at rows before the end needs the parents early; the others take them in fewer, larger batches at the end.
        WritesParentsFirst = opening.Strategy is OrderedStrategy or DeferredStrategy;
        WantsProvedAssets = PopulateChecks.WantsProvedAssets(opening.Preflight);
        remarks.AddRange(opening.Remarks);
        remarks.AddRange(TriggerRemarks());
        await load.EnterStageAsync("wait for rows", cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Copies one batch; its pages go back to the pool whatever happens.</summary>
    public async ValueTask CopyAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        long rows = batch.Rows;
        await opening!.Strategy.BeforeBatchAsync(load.Connection, Plan!.Catalog.Tables.First(table => table.Name.Name == batch.Table.Name).Name, cancellationToken).ConfigureAwait(false);
        await sink.CopyAsync(batch, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref rowsCopied, rows);
    }

    /// <summary>Completes parents that were sent early, then lets the strategy restore and prove every key.</summary>
    /// <param name="updates">What was learnt about parents after they were sent.</param>
    /// <param name="unproved">Contracts whose balances must go.</param>
    /// <param name="cancellationToken">Stops the work; the load must be rolled back.</param>
    /// <exception cref="ForeignKeyViolationException">Rows without a parent; the load must be rolled back.</exception>
    public Task ProveAsync(IReadOnlyList<ParentUpdate> updates, UnprovedContracts unproved, CancellationToken cancellationToken) => load.GuardAsync("The restoration and proof of the foreign keys", async () =>
    {
        await load.EnterStageAsync(Rebuilds ? "build indexes, prove foreign keys" : "prove foreign keys", cancellationToken).ConfigureAwait(false);
        await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
        foreach (ParentUpdate update in updates) await UpdateAsync(update, cancellationToken).ConfigureAwait(false);
        if (WantsProvedAssets) await RemoveAsync(unproved, cancellationToken).ConfigureAwait(false);
        await Living.RestoreAsync(cancellationToken).ConfigureAwait(false);
        await opening!.Strategy.AfterLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);

        // Deferred checks were made row by row by PostgreSQL; the one set-wise query more says the same of what is in the tables now.
        if (opening.Strategy is DeferredStrategy && proofs.Rows.Count == 0) await ForeignKeyProof.ProveAllAsync(load.Connection, Plan!.Catalog, audit, cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Moves the cursors to the checkpoint, so that live ingestion goes on from it, and commits.</summary>
    public async Task CommitAsync(uint checkpoint, CancellationToken cancellationToken)
    {
        string upsert = $"INSERT INTO {IngestStore} (key, value) VALUES ($1, $3), ($2, $4) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value";
        await load.EnterStageAsync("commit", cancellationToken).ConfigureAwait(false);
        await load.GuardAsync("The move of the cursors", async () =>
        {
#pragma warning disable CA2100 // The name of the table is a quoted identifier.
            var command = new NpgsqlCommand(upsert, load.Connection);
#pragma warning restore CA2100
            await using (command.ConfigureAwait(false))
            {
                foreach (string value in new[] { PopulateChecks.LatestCursor, OldestCursor, checkpoint.ToString(CultureInfo.InvariantCulture), Living.OldestLedger.ToString(CultureInfo.InvariantCulture) }) command.Parameters.Add(new NpgsqlParameter { Value = value });
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }, cancellationToken).ConfigureAwait(false);
        if (await load.CommitAsync().ConfigureAwait(false) == CommitOutcome.FoundOutLater)
        {
            remarks.Add(FormattableString.Invariant($"The connection was lost during COMMIT. The server was asked again on another one: transaction {load.TransactionId} is committed, so the load is complete."));
        }
    }

    /// <summary>What the strategy means for triggers of the tables: they are somebody's work, which is done or not done for the loaded rows.</summary>
    private IEnumerable<string> TriggerRemarks()
    {
        bool isReplica = opening!.Strategy is ReplicaStrategy;
        foreach (CatalogTrigger trigger in opening.Plan.Catalog.Triggers.Where(trigger => trigger.FiresOnInsert))
        {
            if (isReplica && trigger.IsSilencedByReplica) yield return $"While the rows were loaded, {trigger} did not fire: under replica it is silent. What it does for new rows is not done for these.";
            else if (trigger.State == 'A' || (isReplica ? trigger.IsAwakenedByReplica : trigger.IsSilencedByReplica)) yield return $"While the rows were loaded, {trigger} fired for them.";
        }
    }

    private IEnumerable<string> Refused() => Plan!.Strategies.TakeWhile(verdict => !verdict.IsChosen).Where(verdict => verdict.Probe.Obstacles.Count + verdict.Probe.Cautions.Count > 0).Select(verdict => $"{verdict.Name} was passed over: {string.Join(" ", verdict.Probe.Obstacles.Concat(verdict.Probe.Cautions))}");

    /// <summary>Takes out the balances of contracts that are not those of an asset, and rows that were written for such contracts alone: as the wallet-backend does whose constraint it is.</summary>
    private async Task RemoveAsync(UnprovedContracts unproved, CancellationToken cancellationToken)
    {
        if (unproved.WithBalances.Count == 0) return;
        RemovedBalances = await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.SacBalances).QualifiedName} WHERE contract_id = ANY ($1)", [unproved.WithBalances.ToArray()], cancellationToken).ConfigureAwait(false);
        if (unproved.WithRowAlone.Count > 0) RemovedTokens = await load.RunAsync($"DELETE FROM {load.Resolve(WalletTables.ContractTokens).QualifiedName} WHERE id = ANY ($1)", [unproved.WithRowAlone.ToArray()], cancellationToken).ConfigureAwait(false);
        remarks.Add(FormattableString.Invariant(
            $"{RemovedBalances:N0} balances of {unproved.WithBalances.Count:N0} contracts were left out: the checkpoint holds no instance that proves the contract to be that of an asset, and a constraint of contract_tokens wants an asset in every such row. The wallet-backend that has this constraint leaves them out, too."));
    }

    private async Task UpdateAsync(ParentUpdate update, CancellationToken cancellationToken)
    {
        string columns = string.Join(", ", update.Values.Select((value, index) => $"{CopyTable.Quote(value.Key)} = ${index + 2}"));
#pragma warning disable CA2100 // Names are quoted identifiers of our own tables; values are parameters.
        var command = new NpgsqlCommand($"UPDATE {load.Resolve(update.Table).QualifiedName} SET {columns} WHERE {CopyTable.Quote(update.KeyColumn)} = $1", load.Connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = update.Key });
            foreach ((string _, object? value) in update.Values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
