using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipeline.Postgres;
using Pipeline.Postgres.ForeignKeys;
using Pipeline.Stellar.Wallet;

namespace Pipeline.Stellar.Populate;

/// <summary>The database side of a load: prepares the tables, copies batches, keeps the foreign keys, proves them, moves the cursors, commits. All in one transaction.</summary>
internal sealed class LoadTarget
{
    private const string LatestCursor = "latest_ingest_ledger";
    private const string OldestCursor = "oldest_ingest_ledger";

    private readonly LoadTransaction load;
    private readonly IReadOnlyList<CopyTable> tables;
    private readonly PopulateOptions options;
    private readonly ILogger logger;
    private readonly CopySink sink;
    private readonly ProofCollector proofs = new();
    private IForeignKeyStrategy? strategy;
    private ForeignKeyCatalog? catalog;
    private long rowsCopied;

    public LoadTarget(LoadTransaction load, IReadOnlyList<CopyTable> tables, PopulateOptions options, ILoggerFactory loggers)
    {
        this.load = load;
        this.tables = tables;
        this.options = options;
        logger = loggers.CreateLogger("database");
        sink = new CopySink(load);
    }

    /// <summary>The transaction.</summary>
    public LoadTransaction Load => load;

    /// <summary>Name of the foreign-key strategy.</summary>
    public string Strategy => strategy?.Name ?? "none";

    /// <summary>Why this strategy.</summary>
    public string StrategyReason { get; private set; } = "";

    /// <summary>What was proved.</summary>
    public IReadOnlyList<PopulateReport.ProofRow> Proofs => proofs.Rows;

    /// <summary>Rows that the server has confirmed so far.</summary>
    public long RowsCopied => Interlocked.Read(ref rowsCopied);

    /// <summary>What was copied into a table; null for a name that is not a table of this load.</summary>
    public CopyCounters? Find(string name) => tables.FirstOrDefault(table => table.Name == name) is { } table
        ? sink.Counters.FirstOrDefault(counters => counters.Table.Equals(table)) ?? new CopyCounters(table, 0, 0, 0, TimeSpan.Zero)
        : null;

    /// <summary>Refuses what cannot work before the first byte: missing tables or columns, missing rights, tables that hold rows. Then readies the foreign keys.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, tables, cancellationToken).ConfigureAwait(false);
        RequireColumns(states);
        if (!options.Replace) await RequireEmptyAsync(states, cancellationToken).ConfigureAwait(false);
        catalog = await ForeignKeyCatalog.ReadAsync(load.Connection, tables.Select(table => table.QualifiedName), cancellationToken).ConfigureAwait(false);
        await ChooseStrategyAsync(catalog, cancellationToken).ConfigureAwait(false);
        await strategy!.BeforeLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
        if (options.Replace) await EmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies one batch; its pages go back to the pool whatever happens.</summary>
    public async ValueTask CopyAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        long rows = batch.Rows;
        await sink.CopyAsync(batch, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref rowsCopied, rows);
    }

    /// <summary>Lets the strategy restore and prove; then proves every key by an anti-join of our own where the strategy did not.</summary>
    /// <exception cref="ForeignKeyViolationException">Rows without a parent; the load must be rolled back.</exception>
    public async Task ProveAsync(CancellationToken cancellationToken)
    {
        await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await strategy!.AfterLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
        if (proofs.Rows.Count == 0) await ForeignKeyProof.ProveAllAsync(load.Connection, catalog!, proofs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Moves the cursors to the checkpoint, so that live ingestion goes on from it, and commits.</summary>
    public async Task CommitAsync(uint checkpoint, CancellationToken cancellationToken)
    {
        const string Upsert = "INSERT INTO ingest_store (key, value) VALUES ($1, $3), ($2, $3) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value";
        var command = new NpgsqlCommand(Upsert, load.Connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (string value in new[] { LatestCursor, OldestCursor, checkpoint.ToString(CultureInfo.InvariantCulture) }) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await load.CommitAsync().ConfigureAwait(false);
    }

    private async Task ChooseStrategyAsync(ForeignKeyCatalog keys, CancellationToken cancellationToken)
    {
        var replica = new ReplicaStrategy(keys, proofs);
        StrategyProbe probe = await replica.ProbeAsync(load.Connection, cancellationToken).ConfigureAwait(false);
        if (probe.IsPossible)
        {
            strategy = replica;
            StrategyReason = "the role may set session_replication_role, and every key is proved set-wise before COMMIT.";
            return;
        }

        strategy = new DeferredStrategy(keys, proofs);
        StrategyReason = $"replica is refused: {string.Join(" ", probe.Obstacles)}";
    }

    private void RequireColumns(IReadOnlyList<TableState> states)
    {
        List<string> differences = [.. states.SelectMany(state => TableInspector.Differences(state, WalletTables.Expect(state.Table)))];
        if (differences.Count > 0) throw PopulateThrow.TablesDiffer(load.Server, differences);
    }

    /// <summary>Empties the tables. Tables outside the load that refer to them are truncated along where they hold no row, since TRUNCATE looks at the constraint, not at rows.</summary>
    private async Task EmptyAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableState> dependents = await TableInspector.ReadAsync(load.Connection, WalletTables.Dependents, cancellationToken).ConfigureAwait(false);
        IEnumerable<CopyTable> empty = dependents.Where(state => state is { Exists: true, HasRows: false, CanTruncate: true }).Select(state => state.Table);
        EmptyingResult result = await TableCleaner.EmptyAsync(load.Connection, [.. empty, .. tables.Reverse()], cancellationToken: cancellationToken).ConfigureAwait(false);
        logger.LogInformation("Emptied the tables with {Method}{Reason}.", result.Method, result.Reason is null ? "" : $", since {result.Reason}");
    }

    private async Task RequireEmptyAsync(IReadOnlyList<TableState> states, CancellationToken cancellationToken)
    {
        List<string> full = [.. states.Where(state => state.HasRows == true).Select(state => state.Table.Name)];
        string? cursor = await ScalarAsync($"SELECT value FROM ingest_store WHERE key = '{LatestCursor}' AND value <> '0'", cancellationToken).ConfigureAwait(false) as string;
        if (full.Count > 0 || cursor is not null) throw PopulateThrow.TablesHoldRows(full, cursor);
    }

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Names are quoted identifiers of our own tables; nothing comes from input.
        var command = new NpgsqlCommand(sql, load.Connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false)) return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
