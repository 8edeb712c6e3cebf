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
    private const string LatestCursor = "latest_ingest_ledger";
    private const string OldestCursor = "oldest_ingest_ledger";
    private static readonly CopyTable Cursors = new("ingest_store", "key", "value");

    // Measured: six million rows load in 12 s with their indexes built afterwards and in 14 s with them in place; below a million the difference is lost in the fixed costs.
    private const long RebuildRowsMin = 1_000_000;

    private readonly LoadTransaction load;
    private readonly IReadOnlyList<CopyTable> tables;
    private readonly PopulateOptions options;
    private readonly ILogger logger;
    private readonly CopySink sink;
    private readonly ProofCollector proofs;
    private readonly IAuditSink audit;
    private IForeignKeyStrategy? strategy;
    private ForeignKeyPlan? plan;
    private readonly long expectedRows;
    private string rebuildReason = "";
    private bool rebuilds;
    private long rowsCopied;

    public LoadTarget(LoadTransaction load, IReadOnlyList<CopyTable> tables, long expectedRows, ByteBudget budget, PopulateOptions options, ILoggerFactory loggers)
    {
        this.expectedRows = expectedRows;
        this.load = load;
        this.tables = [.. tables.Select(load.Resolve)];
        this.options = options;
        logger = loggers.CreateLogger("database");
        sink = new CopySink(load, new CopySinkOptions { PageSent = page => budget.Release(page.ByteCount) });
        proofs = new ProofCollector(options.Audit);
        audit = new CompositeAuditSink(proofs, new LoggerAuditSink(loggers.CreateLogger("foreign keys")));
    }

    /// <summary>What hangs on the checkpoint in a database that ingestion has worked on.</summary>
    public required LivingDatabase Living { get; init; }

    /// <summary>The transaction.</summary>
    public LoadTransaction Load => load;

    /// <summary>Name of the foreign-key strategy.</summary>
    public string Strategy => strategy?.Name ?? "none";

    /// <summary>Why this strategy.</summary>
    public string StrategyReason => rebuilds && options.IndexRebuild == IndexRebuild.Auto ? rebuildReason : plan?.Chosen is { } chosen ? string.Join(" ", chosen.For.Take(1).Concat(Refused()).Append(rebuildReason)).TrimEnd() : "";

    private string IngestStore => load.Resolve(Cursors).QualifiedName;

    /// <summary>Whether the parents that a batch refers to must be sent before the batch.</summary>
    public bool WritesParentsFirst { get; private set; }

    /// <summary>Settings that the strategy made for the load, as read back.</summary>
    public IReadOnlyDictionary<string, string> StrategySettings => proofs.Settings;

    /// <summary>What was proved.</summary>
    public IReadOnlyList<PopulateReport.ProofRow> Proofs => proofs.Rows;

    /// <summary>What an operator should know about the commit; empty where all went as usual.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>Rows that the server has confirmed so far.</summary>
    public long RowsCopied => Interlocked.Read(ref rowsCopied);

    /// <summary>What was copied into a table; null for a name that is not a table of this load.</summary>
    public CopyCounters? Find(string name) => tables.FirstOrDefault(table => table.Name == name) is { } table
        ? sink.Counters.FirstOrDefault(counters => counters.Table.Name == table.Name) ?? new CopyCounters(table, 0, 0, 0, TimeSpan.Zero)
        : null;

    /// <summary>Refuses what cannot work before the first byte: missing tables or columns, missing rights, tables that hold rows. Then readies the foreign keys.</summary>
    public Task PrepareAsync(CancellationToken cancellationToken) => load.GuardAsync("The preparation of the tables", async () =>
    {
        await load.EnterStageAsync("prepare", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, tables, cancellationToken).ConfigureAwait(false);
        RequireColumns([.. states, .. await TableInspector.ReadAsync(load.Connection, [load.Resolve(Cursors)], cancellationToken).ConfigureAwait(false)]);
        if (!options.Replace) await RequireEmptyAsync(states, cancellationToken).ConfigureAwait(false);
        await Living.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await PlanForeignKeysAsync(states, cancellationToken).ConfigureAwait(false);

        // A rebuild looks for empty tables, so they are emptied before it; else after the strategy has begun, which lets deletions be checked at the end.
        bool emptyFirst = rebuilds;
        if (options.Replace && emptyFirst) await EmptyAsync(cancellationToken).ConfigureAwait(false);
        await strategy!.BeforeLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
        if (options.Replace && !emptyFirst) await EmptyAsync(cancellationToken).ConfigureAwait(false);
        else if (!options.Replace && SkipsWalAfterTruncate && states.All(state => state is { CanTruncate: true, CanSelect: true })) await TruncateEmptyAsync(cancellationToken).ConfigureAwait(false);
        await load.EnterStageAsync("wait for rows", cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Copies one batch; its pages go back to the pool whatever happens.</summary>
    public async ValueTask CopyAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        long rows = batch.Rows;
        await strategy!.BeforeBatchAsync(load.Connection, plan!.Catalog.Tables.First(table => table.Name.Name == batch.Table.Name).Name, cancellationToken).ConfigureAwait(false);
        await sink.CopyAsync(batch, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref rowsCopied, rows);
    }

    /// <summary>Completes parents that were sent early, then lets the strategy restore and prove every key.</summary>
    /// <param name="updates">What was learnt about parents after they were sent.</param>
    /// <param name="cancellationToken">Stops the work; the load must be rolled back.</param>
    /// <exception cref="ForeignKeyViolationException">Rows without a parent; the load must be rolled back.</exception>
    public Task ProveAsync(IReadOnlyList<ParentUpdate> updates, CancellationToken cancellationToken) => load.GuardAsync("The restoration and proof of the foreign keys", async () =>
    {
        await load.EnterStageAsync(rebuilds ? "build indexes, prove foreign keys" : "prove foreign keys", cancellationToken).ConfigureAwait(false);
        await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
        foreach (ParentUpdate update in updates) await UpdateAsync(update, cancellationToken).ConfigureAwait(false);
        await Living.RestoreAsync(cancellationToken).ConfigureAwait(false);
        await strategy!.AfterLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);

        // Deferred checks were made row by row by PostgreSQL; the one set-wise query more says the same of what is in the tables now.
        if (strategy is DeferredStrategy && !options.ProveAlways) await ForeignKeyProof.ProveAllAsync(load.Connection, plan!.Catalog, audit, cancellationToken).ConfigureAwait(false);
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
                foreach (string value in new[] { LatestCursor, OldestCursor, checkpoint.ToString(CultureInfo.InvariantCulture), Living.OldestLedger.ToString(CultureInfo.InvariantCulture) }) command.Parameters.Add(new NpgsqlParameter { Value = value });
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }, cancellationToken).ConfigureAwait(false);
        if (await load.CommitAsync().ConfigureAwait(false) == CommitOutcome.FoundOutLater)
        {
            Remarks = [FormattableString.Invariant($"The connection was lost during COMMIT. The server was asked again on another one: transaction {load.TransactionId} is committed, so the load is complete.")];
        }
    }

    /// <summary>Plans how the foreign keys are kept; refuses here what cannot work, before the first byte.</summary>
    /// <remarks>Rows are updated only where parents were written early, which is never under replica: its silenced UPDATE triggers do not matter.</remarks>
    private async Task PlanForeignKeysAsync(IReadOnlyList<TableState> states, CancellationToken cancellationToken)
    {
        var wanted = new ForeignKeyOptions
        {
            Choice = options.IndexRebuild == IndexRebuild.Always ? ForeignKeyChoice.Recreate : options.ForeignKeys,
            IndexRebuild = options.IndexRebuild == IndexRebuild.Always ? IndexRebuild.Always : IndexRebuild.Never,
            WritesParentsFirst = true,
            RemovesRows = options.Replace,
            ProveAlways = options.ProveAlways,
        };
        if (options.IndexRebuild == IndexRebuild.Auto) wanted = await ChooseRebuildAsync(states, wanted, cancellationToken).ConfigureAwait(false);
        rebuilds = wanted.IndexRebuild == IndexRebuild.Always;
        ForeignKeyLoad keys = await ForeignKeyLoad.PrepareAsync(load.Connection, tables.Select(table => table.QualifiedName), wanted, audit, cancellationToken).ConfigureAwait(false);
        plan = keys.Plan;
        strategy = keys.Strategy;

        // Only a strategy that lets PostgreSQL look at rows before the end needs the parents early; the others take them in fewer, larger batches at the end.
        WritesParentsFirst = strategy is OrderedStrategy or DeferredStrategy;
    }

    /// <summary>Decides whether building the indexes after the load is worth it here, and notes why or why not.</summary>
    private async Task<ForeignKeyOptions> ChooseRebuildAsync(IReadOnlyList<TableState> states, ForeignKeyOptions wanted, CancellationToken cancellationToken)
    {
        ForeignKeyOptions rebuild = wanted with { Choice = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always };
        bool isEmpty = states.All(state => state.HasRows == false) || (options.Replace && states.All(state => state.CanTruncate));
        if (options.ForeignKeys is not (ForeignKeyChoice.Auto or ForeignKeyChoice.Recreate)) rebuildReason = "Indexes are kept: another foreign-key strategy than recreate was asked for.";
        else if (expectedRows < RebuildRowsMin) rebuildReason = FormattableString.Invariant($"Indexes are kept: about {expectedRows:N0} rows are expected, and a rebuild pays from {RebuildRowsMin:N0}.");
        else if (!isEmpty) rebuildReason = "Indexes are kept: the tables hold rows.";
        else if ((await ForeignKeyLoad.PlanAsync(load.Connection, tables.Select(table => table.QualifiedName), rebuild, cancellationToken).ConfigureAwait(false)).IsRefused) rebuildReason = "Indexes are kept: the role does not own all tables.";
        else
        {
            rebuildReason = FormattableString.Invariant($"Indexes are built after the load: the tables are empty, the role owns them, and about {expectedRows:N0} rows are expected.");
            return rebuild;
        }

        return wanted;
    }

    private void RequireColumns(IReadOnlyList<TableState> states)
    {
        List<string> differences = [.. states.SelectMany(state => TableInspector.Differences(state, Expect(state.Table)))];
        if (differences.Count > 0) throw PopulateThrow.TablesDiffer(load.Server, differences);
    }

    private static TableExpectation Expect(CopyTable table) =>
        table.Name == Cursors.Name ? new TableExpectation(table, ["character varying|text", "character varying|text"]) : WalletTables.Expect(table);

    /// <summary>With wal_level = minimal, rows of a table that was truncated in the same transaction are not written to WAL but flushed at COMMIT: measured 15 % less time for six million rows.</summary>
    private bool SkipsWalAfterTruncate => load.ServerSettings.GetValueOrDefault("wal_level") == "minimal";

    /// <summary>Empties the tables: by TRUNCATE where that is allowed and nobody else's rows would go along, else by DELETE.</summary>
    private async Task EmptyAsync(CancellationToken cancellationToken)
    {
        CopyTable[] childrenFirst = [.. tables.Reverse()];
        IReadOnlyList<CopyTable> dependents = await EmptyDependentsAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CopyTable>? together = await LockToTruncateAsync([.. dependents, .. childrenFirst], dependents, cancellationToken).ConfigureAwait(false);
        EmptyingResult result = together is null
            ? await TableCleaner.EmptyAsync(load.Connection, childrenFirst, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await TableCleaner.EmptyAsync(load.Connection, together, EmptyingMethod.Truncate, cancellationToken).ConfigureAwait(false);
        logger.LogInformation("Emptied the tables with {Method}{Reason}.", result.Method, result.Reason is null ? "" : $", since {result.Reason}");
    }

    /// <summary>Truncates tables that hold nothing, for the sake of what TRUNCATE allows. Rows that another session has committed since the first look are a refusal, as they would have been then.</summary>
    private async Task TruncateEmptyAsync(CancellationToken cancellationToken)
    {
        CopyTable[] all = [.. await EmptyDependentsAsync(cancellationToken).ConfigureAwait(false), .. tables.Reverse()];
        if (await LockToTruncateAsync(all, all, cancellationToken).ConfigureAwait(false) is { } together)
            await TableCleaner.EmptyAsync(load.Connection, together, EmptyingMethod.Truncate, cancellationToken).ConfigureAwait(false);
        else await RequireEmptyAsync(await TableInspector.ReadAsync(load.Connection, tables, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tables outside the load that refer to its tables and hold no row: TRUNCATE looks at the constraint, not at rows, so they have to go along.</summary>
    private async Task<IReadOnlyList<CopyTable>> EmptyDependentsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableState> dependents = await TableInspector.ReadAsync(load.Connection, [.. WalletTables.Dependents.Select(load.Resolve)], cancellationToken).ConfigureAwait(false);
        return [.. dependents.Where(state => state is { Exists: true, HasRows: false, CanTruncate: true }).Select(state => state.Table)];
    }

    /// <summary>Locks tables as TRUNCATE does, in one statement and children first as others come to them, unless TRUNCATE is not allowed anyway.</summary>
    /// <returns>The tables; null when they must not be truncated: something stands in the way, or another session has put rows where none may be lost.</returns>
    private async Task<IReadOnlyList<CopyTable>?> LockToTruncateAsync(IReadOnlyList<CopyTable> together, IReadOnlyList<CopyTable> mustBeEmpty, CancellationToken cancellationToken)
    {
        if (await TableCleaner.FindObstacleAsync(load.Connection, together, cancellationToken).ConfigureAwait(false) is not null) return null;
        IReadOnlyList<CopyTable> empty = await TableCleaner.LockEmptyAsync(load.Connection, together, cancellationToken).ConfigureAwait(false);
        return mustBeEmpty.All(empty.Contains) ? together : null;
    }

    private async Task RequireEmptyAsync(IReadOnlyList<TableState> states, CancellationToken cancellationToken)
    {
        List<string> full = [.. states.Where(state => state.HasRows == true).Select(state => state.Table.Name)];
        string? cursor = await ScalarAsync($"SELECT value FROM {IngestStore} WHERE key = '{LatestCursor}' AND value <> '0'", cancellationToken).ConfigureAwait(false) as string;
        if (full.Count > 0 || cursor is not null) throw PopulateThrow.TablesHoldRows(full, cursor);
    }

    private IEnumerable<string> Refused() => plan!.Strategies.TakeWhile(verdict => !verdict.IsChosen).Where(verdict => verdict.Probe.Obstacles.Count + verdict.Probe.Cautions.Count > 0).Select(verdict => $"{verdict.Name} was passed over: {string.Join(" ", verdict.Probe.Obstacles.Concat(verdict.Probe.Cautions))}");

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

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Names are quoted identifiers of our own tables; nothing comes from input.
        var command = new NpgsqlCommand(sql, load.Connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false)) return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
