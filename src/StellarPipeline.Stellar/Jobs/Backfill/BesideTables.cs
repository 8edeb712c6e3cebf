using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The separate tables that one batch fills, and how they become part of the history tables.</summary>
/// <remarks>
/// They are created, filled, indexed and moved into place in the one transaction of the batch. So no other session sees them before COMMIT,
/// and if the transaction ends early, even by a crash of this process or of the server, no table is left behind. Locks: none on the history
/// tables while rows are written. Attaching a partition or chunk takes a lock that does not block readers and writers. A table that
/// replaces an empty one locks that table only from its last statements until COMMIT.
/// </remarks>
/// <param name="unit">The ledgers, and what becomes of the tables.</param>
/// <param name="number">A number that no other batch uses.</param>
/// <param name="lockTimeout">How long to wait for a lock of another session.</param>
internal sealed class BesideTables(BesideUnit unit, long number, TimeSpan lockTimeout)
{
    private const string Savepoint = "beside_trial";
    private const string Check = "beside_range";

    // A trial must not block readers of an empty table. If another session holds the table, rows are written into it directly.
    private static readonly TimeSpan TrialTimeout = TimeSpan.FromSeconds(2);

    // Factor of the timeout: other batches may be building indexes of their chunks. This lock blocks no session that reads or writes rows.
    internal const int AttachPatience = 30;

    private static readonly Query Role = new(
        "beside.role", "pg_settings", "SELECT current_setting('session_replication_role') = 'origin'");

    private static readonly Query Hypertable = new(
        "beside.hypertable",
        "_timescaledb_catalog.hypertable",
        "SELECT h.id::int8 FROM _timescaledb_catalog.hypertable h WHERE h.schema_name = $1 AND h.table_name = $2");

    private static readonly Query Adopt = new(
        "beside.adopt",
        "_timescaledb_catalog.chunk",
        """
        SELECT FROM _timescaledb_functions.create_chunk(
          to_regclass(format('%I.%I', $1, $2)), jsonb_build_object('ledger_created_at', jsonb_build_array($3, $4)),
          '_timescaledb_internal', $5, to_regclass(format('%I.%I', $1, $6)))
        """);

    /// <summary>For each history table, the name of the table that gets its rows.</summary>
    public IReadOnlyDictionary<string, string> StandIns { get; } =
        HistoryTables.All.ToDictionary(table => table.Name, table => NameOf(table, unit, number));

    /// <summary>Creates the tables without indexes, and tries whether they can take their place.</summary>
    /// <exception cref="BesideRefusedException">They cannot: the transaction must be rolled back.</exception>
    public async Task CreateAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
        bool isOrigin = await runner.IsAsync(Role, [], cancellationToken).ConfigureAwait(false);
        if (!isOrigin) throw new BesideRefusedException("session_replication_role is not origin, which changing tables requires");
        try
        {
            foreach (CopyTable table in HistoryTables.All)
            {
                if (unit.Kind == BesideKind.Partition)
                {
                    await PartitionTable.CreateAsync(runner, load.RequireSchema(), table, StandIns[table.Name], cancellationToken)
                        .ConfigureAwait(false);
                }
                else
                {
                    await RunAsync($"CREATE TABLE {StandIn(table)} (LIKE {Real(table)} INCLUDING ALL EXCLUDING INDEXES)")
                        .ConfigureAwait(false);
                }

                if (unit.Kind == BesideKind.Swap)
                {
                    foreach (string grant in await BesideCatalog.GrantsAsync(
                        runner, load.RequireSchema(), table, StandIn(table), cancellationToken)
                        .ConfigureAwait(false))
                    {
                        await RunAsync(grant).ConfigureAwait(false);
                    }
                }

                // Checks each row when it is written, so that ATTACH PARTITION does not scan the table.
                if (unit.Kind == BesideKind.Partition)
                    await RunAsync($"ALTER TABLE {StandIn(table)} ADD CONSTRAINT {Check} CHECK ({Range()})").ConfigureAwait(false);
            }

            await RunAsync($"SAVEPOINT {Savepoint}").ConfigureAwait(false);
            TimeSpan trial = unit.Kind == BesideKind.Swap ? TrialTimeout : lockTimeout * AttachPatience;
            await SetLockTimeoutAsync(runner, trial, cancellationToken).ConfigureAwait(false);
            await TakePlaceAsync(runner, load, cancellationToken).ConfigureAwait(false);
            await RunAsync($"ROLLBACK TO SAVEPOINT {Savepoint}").ConfigureAwait(false);
            await RunAsync($"RELEASE SAVEPOINT {Savepoint}").ConfigureAwait(false);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw new BesideRefusedException(
                $"a trial of it failed on the server: {error.MessageText.TrimEnd('.')} ({error.SqlState})", error);
        }

        Task RunAsync(string statement) => ExecuteAsync(runner, statement, cancellationToken);
    }

    /// <summary>Builds keys and indexes and moves the tables into place. The rest of the transaction should be short.</summary>
    /// <exception cref="BesideRefusedException">Another session wrote to the empty table or holds it, or created a partition or chunk of
    /// the same time: the transaction must be rolled back.</exception>
    /// <exception cref="NpgsqlException">The connection broke, or the server is shutting down.</exception>
    public async Task PublishAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
        TimeSpan patience = unit.Kind == BesideKind.Swap ? lockTimeout : lockTimeout * AttachPatience;
        try
        {
            await SetLockTimeoutAsync(runner, patience, cancellationToken).ConfigureAwait(false);
            await TakePlaceAsync(runner, load, cancellationToken).ConfigureAwait(false);
            await SetLockTimeoutAsync(runner, lockTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw new BesideRefusedException($"the server rejected it: {error.MessageText.TrimEnd('.')} ({error.SqlState})", error);
        }
    }

    private async Task TakePlaceAsync(QueryRunner runner, LoadTransaction load, CancellationToken cancellationToken)
    {
        if (unit.Kind == BesideKind.Chunk)
        {
            // The function builds the keys and indexes, checks the time of every row, and fails if another chunk overlaps.
            foreach (CopyTable table in HistoryTables.All) await AdoptAsync(runner, load, table, cancellationToken).ConfigureAwait(false);
            return;
        }

        var indexes = new List<BesideIndex>();
        foreach (CopyTable table in HistoryTables.All)
        {
            foreach (BesideIndex index in await BesideCatalog.IndexesAsync(
                runner, load.RequireSchema(), table, cancellationToken).ConfigureAwait(false))
            {
                string temporary = $"beside_{number.ToString(CultureInfo.InvariantCulture)}_{indexes.Count}";
                await RunAsync(index.CreateOn(StandIn(table), unit.Kind == BesideKind.Swap ? temporary : null)).ConfigureAwait(false);
                indexes.Add(index with { Table = table, Temporary = temporary });
            }
        }

        if (unit.Kind == BesideKind.Partition)
        {
            foreach (CopyTable table in HistoryTables.All)
            {
                await PartitionTable.AttachAsync(runner, table, StandIns[table.Name], unit.Start, unit.End, cancellationToken)
                    .ConfigureAwait(false);
                await RunAsync($"ALTER TABLE {StandIn(table)} DROP CONSTRAINT {Check}").ConfigureAwait(false);
            }

            return;
        }

        // In the order of their names, in which every load locks them.
        string list = string.Join(", ", HistoryTables.All.OrderBy(table => table.Name, StringComparer.Ordinal).Select(Real));
        await RunAsync($"LOCK TABLE {list} IN ACCESS EXCLUSIVE MODE").ConfigureAwait(false);
        if (await BesideCatalog.HasRowsAsync(runner, cancellationToken).ConfigureAwait(false))
            throw new BesideRefusedException("the tables are not empty");

        string before = await BesideCatalog.FingerprintAsync(runner, load.RequireSchema(), cancellationToken).ConfigureAwait(false);
        foreach (CopyTable table in HistoryTables.All)
        {
            await RunAsync($"DROP TABLE {Real(table)}").ConfigureAwait(false);
            await RunAsync($"ALTER TABLE {StandIn(table)} RENAME TO {CopyTable.Quote(table.Name)}").ConfigureAwait(false);
        }

        foreach (BesideIndex index in indexes) await RunAsync(index.Rename(Real(index.Table!))).ConfigureAwait(false);
        string after = await BesideCatalog.FingerprintAsync(runner, load.RequireSchema(), cancellationToken).ConfigureAwait(false);
        if (before != after)
            throw new BesideRefusedException("the tables have something, such as a trigger, that their replacements would not have");

        Task RunAsync(string statement) => ExecuteAsync(runner, statement, cancellationToken);
    }

    private async Task AdoptAsync(QueryRunner runner, LoadTransaction load, CopyTable table, CancellationToken cancellationToken)
    {
        string schema = load.RequireSchema();
        long id = await runner.RunAsync(
            Hypertable, SqlValues.Of(schema, table.Name),
            static async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetInt64(0) : 0,
            cancellationToken).ConfigureAwait(false);

        // No name of the extension looks like this: its names end with only the number of the chunk.
        string name = string.Create(CultureInfo.InvariantCulture, $"_hyper_{id}_b{number}_chunk");
        const long Microseconds = 1_000_000;
        await runner.ExecuteAsync(
            Adopt,
            SqlValues.Of(schema, table.Name, unit.Start * Microseconds, unit.End * Microseconds, name, StandIns[table.Name]),
            cancellationToken).ConfigureAwait(false);
    }

    private static string NameOf(CopyTable table, BesideUnit unit, long number) => unit.Kind == BesideKind.Partition
        ? PartitionTable.NameOf(table, unit.Start, unit.End)
        : string.Create(CultureInfo.InvariantCulture, $"{table.Name}_beside_{number}");

    private string StandIn(CopyTable table) => $"{{schema}}.{CopyTable.Quote(StandIns[table.Name])}";

    private static string Real(CopyTable table) => $"{{schema}}.{CopyTable.Quote(table.Name)}";

    private string Range() =>
        $"ledger_created_at >= '{PartitionTable.Time(unit.Start)}' AND ledger_created_at < '{PartitionTable.Time(unit.End)}'";

    private static Task SetLockTimeoutAsync(QueryRunner runner, TimeSpan timeout, CancellationToken cancellationToken) => ExecuteAsync(
        runner,
        string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {(long)Math.Min(int.MaxValue, timeout.TotalMilliseconds)}"),
        cancellationToken);

    private static Task ExecuteAsync(QueryRunner runner, string statement, CancellationToken cancellationToken) =>
        runner.ExecuteAsync(new Query("beside.ddl", "history", statement), [], cancellationToken);

    // Cancellation, deadlock, lack of memory or disk, shutdown and a broken connection are no refusal.
    private static bool IsRefusal(PostgresException error) =>
        error.SqlState == PostgresErrorCodes.LockNotAvailable || error.SqlState[..2] is not ("08" or "40" or "53" or "57" or "58" or "XX");
}
