using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.LoadTest.Backfill;

/// <summary>Measures a range of ledgers: the time of the server alone for its rows, and that of the whole program.</summary>
/// <remarks>
/// Every measurement begins with a copy of a database: one whose tables have other rows and keep their keys and indexes, or one with empty
/// tables. Rounds are interleaved. After each measurement, the rows and the indexes of every table are counted.
/// </remarks>
internal sealed class BackfillCostRun
{
    /// <summary>The layout of tables of TimescaleDB.</summary>
    public const string Hypertables = "hypertables";

    private const string Extension = "timescaledb";
    private const string Whole = "backfill_costs_rows";
    private const string Template = "backfill_costs_before";
    private const string Measured = "backfill_costs";
    private const string Empty = "backfill_costs_empty_";
    private const string ByKey = "by_key";
    private const string ByLedger = "by_ledger";
    private string program = Path.Combine(AppContext.BaseDirectory, PublishedProgram.Name);

    // The keys of the tables, in whose order the row files are written.
    private static readonly Dictionary<CopyTable, (string Key, string Ledger)> Keys = new()
    {
        [HistoryTables.Transactions] = ("to_id, ledger_created_at", "to_id >> 32"),
        [HistoryTables.TransactionsAccounts] = ("account_id, ledger_created_at, tx_to_id", "tx_to_id >> 32"),
        [HistoryTables.Operations] = ("id, ledger_created_at", "id >> 32"),
        [HistoryTables.OperationsAccounts] = ("account_id, ledger_created_at, operation_id", "operation_id >> 32"),
        [HistoryTables.StateChanges] = ("ledger_created_at, to_id, operation_id, state_change_id", "ledger_number"),
    };

    // The number of keys and indexes of each table.
    private static readonly Dictionary<CopyTable, int> Indexes = new()
    {
        [HistoryTables.Transactions] = 2,
        [HistoryTables.TransactionsAccounts] = 2,
        [HistoryTables.Operations] = 1,
        [HistoryTables.OperationsAccounts] = 2,
        [HistoryTables.StateChanges] = 3,
    };

    private readonly Dictionary<string, List<Round>> results = [];
    private Dictionary<CopyTable, long> expected = [];
    private Dictionary<CopyTable, long> held = [];

    public required string Source { get; init; }

    public required string Network { get; init; }

    public required uint First { get; init; }

    public required uint Last { get; init; }

    public required int Before { get; init; }

    public required IReadOnlyList<int> Connections { get; init; }

    /// <summary>Kinds of empty tables: plain, partitioned, hypertables.</summary>
    public required IReadOnlyList<string> Layouts { get; init; }

    /// <summary>Whether the tables of all measurements are hypertables.</summary>
    public bool UsesHypertables => Layouts.Contains(Hypertables);

    public required CostOptions Costs { get; init; }

    private uint FirstMeasured => First + (uint)Before;

    private long Ledgers => (long)Last - FirstMeasured + 1;

    public async Task RunAsync(TextWriter log, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string? loadBefore = CostFacts.LoadAverage();
        await using CostServer server = await CostServer.OpenAsync(Costs, cancellationToken, UsesHypertables ? Extension : null);
        var facts = new CostFacts(
            started, MachineFacts.Read(server.DataDirectory!), Checkout.Commit(), server.IsPrivate,
            await server.SettingsAsync(cancellationToken), loadBefore, null);
        string published = Directory.CreateTempSubdirectory("pipeline-backfill-costs-").FullName;
        try
        {
            (string? found, string? obstacle) = await PublishedProgram.MakeAsync(published, cancellationToken);
            program = found ?? program;
            if (obstacle is not null) await log.WriteLineAsync($"Measuring the built program instead of a published one: {obstacle}.");
            await PrepareAsync(server, cancellationToken);
            await MeasureAllAsync(server, log, cancellationToken);
        }
        finally
        {
            Directory.Delete(published, recursive: true);
        }

        string section = Section(facts with { LoadAfter = CostFacts.LoadAverage() });
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, Costs.ResultsDirectory, facts.Machine, "-backfill.md", "What a backfill costs", started, section, cancellationToken);
    }

    private async Task MeasureAllAsync(CostServer server, TextWriter log, CancellationToken cancellationToken)
    {
        await log.WriteLineAsync(FormattableString.Invariant(
            $"{Ledgers:N0} ledgers, {expected.Values.Sum():N0} rows; the {Before:N0} ledgers before them are in the tables."));
        for (int round = 1; round <= Costs.Rounds; round++)
        {
            await MeasureAsync("COPY by the server, key order, 1 session", Template, (target, token) => CopyAsync(target, ByKey, 1, token));
            await MeasureAsync("COPY, ledger by ledger, 1 session", Template, (target, token) => CopyAsync(target, ByLedger, 1, token));
            await MeasureAsync("COPY, key order, 2 sessions", Template, (target, token) => CopyAsync(target, ByKey, 2, token));
            foreach (int count in Connections)
            {
                await MeasureAsync(FormattableString.Invariant($"backfill in place, --connections {count}"), Template,
                    (target, token) => BackfillAsync(target, FirstMeasured, count, "inplace", token));
            }

            foreach (string layout in Layouts)
            {
                await MeasureAsync($"backfill beside, {layout}{(layout == Hypertables ? "" : " tables")}", Empty + layout,
                    (target, token) => BackfillAsync(target, FirstMeasured, 2, "beside", token));
            }

            async Task MeasureAsync(string name, string template, Func<ConnectionSettings, CancellationToken, Task<Round>> measure)
            {
                ConnectionSettings target = await server.CopyDatabaseAsync(Measured, template, cancellationToken);
                Round measured = await measure(target, cancellationToken);
                await VerifyAsync(target, name, template == Template, cancellationToken);
                if (!results.TryGetValue(name, out List<Round>? rounds)) results.Add(name, rounds = []);
                rounds.Add(measured);
                await log.WriteLineAsync(
                    FormattableString.Invariant($"round {round}/{Costs.Rounds}  {name,-42} {measured.Seconds,7:F2} s"));
            }
        }

        // Two sessions: the largest table in parallel with the other four.
        async Task<Round> CopyAsync(ConnectionSettings target, string order, int sessions, CancellationToken token)
        {
            await using NpgsqlDataSource database = target.CreateDataSource();
            CopyTable[][] parts = sessions == 1
                ? [[.. HistoryTables.All]]
                : [[HistoryTables.StateChanges], [.. HistoryTables.All.Where(table => table != HistoryTables.StateChanges)]];
            var connections = new List<NpgsqlConnection>();
            try
            {
                foreach (CopyTable[] _ in parts) connections.Add(await database.OpenConnectionAsync(token));
                long began = Stopwatch.GetTimestamp();
                await Task.WhenAll(parts.Select((part, index) => Task.Run(() => CopyPartAsync(connections[index], part), token)));
                return new Round(Stopwatch.GetElapsedTime(began).TotalSeconds, null, null, null);
            }
            finally
            {
                foreach (NpgsqlConnection connection in connections) await connection.DisposeAsync();
            }

            async Task CopyPartAsync(NpgsqlConnection connection, CopyTable[] part)
            {
                await ExecuteAsync(connection, "BEGIN; SET LOCAL synchronous_commit = off", token);
                foreach (CopyTable table in part)
                {
                    await ExecuteAsync(connection,
                        $"COPY public.{table.QualifiedName} ({table.ColumnList}) FROM {FileOf(server, table, order)} (FORMAT binary)",
                        token);
                }

                await ExecuteAsync(connection, "COMMIT", token);
            }
        }
    }

    /// <summary>Creates the row files, and the database with which each measurement begins.</summary>
    private async Task PrepareAsync(CostServer server, CancellationToken cancellationToken)
    {
        ConnectionSettings whole = await NewDatabaseAsync(server, Whole, cancellationToken);
        await BackfillAsync(whole, First, 2, "auto", cancellationToken);
        await using (NpgsqlDataSource database = whole.CreateDataSource())
        {
            await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
            foreach (CopyTable table in HistoryTables.All)
            {
                (string key, string ledger) = Keys[table];
                foreach ((string order, string columns) in new[] { (ByKey, key), (ByLedger, $"{ledger}, {key}") })
                {
                    await ExecuteAsync(
                        connection,
                        string.Create(CultureInfo.InvariantCulture,
                            $"COPY (SELECT {table.ColumnList} FROM public.{table.QualifiedName} WHERE {ledger} >= {FirstMeasured} "
                                + $"ORDER BY {columns}) TO {FileOf(server, table, order)} (FORMAT binary)"),
                        cancellationToken);
                }
            }

            expected = await CountAsync(database, cancellationToken);
        }

        NpgsqlConnection.ClearAllPools();
        ConnectionSettings before = await NewDatabaseAsync(server, Template, cancellationToken);
        await BackfillAsync(before, First, 2, "inplace", cancellationToken, FirstMeasured - 1);
        await using (NpgsqlDataSource other = before.CreateDataSource())
        {
            await using NpgsqlConnection connection = await other.OpenConnectionAsync(cancellationToken);
            await ExecuteAsync(connection, "VACUUM ANALYZE", cancellationToken);
            held = await CountAsync(other, cancellationToken);
        }

        foreach (string layout in Layouts) await MakeEmptyAsync(server, layout, cancellationToken);
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Creates a database without tables, with TimescaleDB if it is measured.</summary>
    private async Task<ConnectionSettings> NewDatabaseAsync(CostServer server, string name, CancellationToken cancellationToken)
    {
        ConnectionSettings made = await server.CopyDatabaseAsync(name, "template0", cancellationToken);
        if (!UsesHypertables) return made;
        await using NpgsqlDataSource database = made.CreateDataSource();
        await CostServer.ScalarAsync(database, $"CREATE EXTENSION {Extension}", cancellationToken);
        return made;
    }

    /// <summary>Creates a database with empty tables.</summary>
    private async Task MakeEmptyAsync(CostServer server, string layout, CancellationToken cancellationToken)
    {
        ConnectionSettings target = await NewDatabaseAsync(server, Empty + layout, cancellationToken);
        await using NpgsqlDataSource database = target.CreateDataSource();
        await new MigrationRunner(
            database, [HistorySchema.Migrations, BackfillSchema.Migrations], new MigrationRunnerOptions(), NullLogger.Instance)
            .UpAsync(null, cancellationToken);
        if (layout != "partitioned") return;
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (CopyTable table in HistoryTables.All)
        {
            await ExecuteAsync(
                connection,
                $"CREATE TABLE public.parted (LIKE public.{table.QualifiedName} INCLUDING ALL) PARTITION BY RANGE (ledger_created_at); "
                    + $"DROP TABLE public.{table.QualifiedName}; ALTER TABLE public.parted RENAME TO {table.QualifiedName}",
                cancellationToken);
        }
    }

    private async Task<Round> BackfillAsync(
        ConnectionSettings target, uint first, int connections, string fill, CancellationToken cancellationToken, uint? last = null)
    {
        string file =
            Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"pipeline-backfill-costs-{Environment.ProcessId}.json"));
        try
        {
            string[] arguments =
            [
                program, "backfill", "--source", Source, "--network", Network, "--from", Text(first), "--to", Text(last ?? Last),
                "--database", target.ConnectionString,
                "--connections", Text(connections), "--fill", fill, "--report", file, "--quiet",
            ];
            long began = Stopwatch.GetTimestamp();
            await ExternalProgram.RunAsync("dotnet", arguments, null, null, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellationToken));
            JsonElement memory = report.RootElement.GetProperty("memory");
            return new Round(
                seconds, memory.GetProperty("cpu_seconds").GetDouble(), memory.GetProperty("peak_working_set_bytes").GetInt64(),
                report.RootElement.GetProperty("bottleneck").GetProperty("sentence").GetString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task VerifyAsync(ConnectionSettings target, string name, bool wereFilled, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource database = target.CreateDataSource();
        foreach ((CopyTable table, long rows) in await CountAsync(database, cancellationToken))
        {
            long promised = expected[table] - (wereFilled ? 0 : held[table]);
            if (rows != promised)
            {
                throw LoadTestException.Failed(
                    FormattableString.Invariant($"{name}: {table.Name} has {rows:N0} rows instead of {promised:N0}."));
            }

            long bare = (long)(await CostServer.ScalarAsync(
                database,
                "SELECT count(*) FROM (SELECT 'public." + table.Name + "'::regclass UNION ALL SELECT inhrelid FROM pg_inherits WHERE "
                    + "inhparent = 'public." + table.Name + "'::regclass) t(id) WHERE (SELECT count(*) FROM pg_index i "
                    + $"WHERE i.indrelid = t.id AND i.indisvalid) <> {Indexes[table].ToString(CultureInfo.InvariantCulture)}",
                cancellationToken))!;
            if (bare > 0) throw LoadTestException.Failed($"{name}: {table.Name} no longer has all its keys and indexes.");
        }
    }

    private static async Task<Dictionary<CopyTable, long>> CountAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<CopyTable, long>();
        foreach (CopyTable table in HistoryTables.All)
        {
            counts.Add(table,
                (long)(await CostServer.ScalarAsync(database, $"SELECT count(*) FROM public.{table.QualifiedName}", cancellationToken))!);
        }

        return counts;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Only constants, names of known tables and escaped literals.
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // In the server's data folder, where the server can write and read.
    private static string FileOf(CostServer server, CopyTable table, string order) =>
        $"'{server.DataDirectory!.Replace("'", "''", StringComparison.Ordinal)}/backfill-costs-{table.Name}-{order}.bin'";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Section(CostFacts facts)
    {
        var text = new StringBuilder();
        double ceiling = Statistics.Of(results.First().Value.Select(round => round.Seconds)).Median;
        Line($"## {facts.Started:yyyy-MM-dd HH:mm} UTC, commit {facts.Commit}");
        Line($"");
        if (Costs.Note is { } note) Line($"- Note: {note}");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"- Machine: {facts.Machine.Cpu}, {facts.Machine.Cores} cores; {facts.Machine.OperatingSystem}; {facts.Machine.Runtime}. Load "
                + $"before {facts.LoadBefore}, after {facts.LoadAfter}.");
        Line(
            $"- PostgreSQL: {string.Join(", ", facts.Settings.Select(
                setting => $"{setting.Key} = {setting.Value}"))}; synchronous_commit off in each measured transaction but a run's last.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"- {Ledgers:N0} ledgers ({FirstMeasured} to {Last}), {expected.Values.Sum():N0} rows in all tables afterwards, including "
                + $"those of the {Before:N0} ledgers before; {(UsesHypertables ? Hypertables : "plain tables")} that keep their keys and "
                + $"indexes, except for \"beside\": separate tables, indexed after their rows.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"- Rounds: {Costs.Rounds}, interleaved; rows and indexes of every table counted after each measurement. The program's time is "
                + $"that of the whole process, with proofs.");
        Line($"");
        Line($"| what | median s | min–max s | ÷ COPY | ledgers/s | client CPU ms per ledger | peak MiB |");
        Line($"|---|---|---|---|---|---|---|");
        foreach ((string name, List<Round> rounds) in results)
        {
            var seconds = Statistics.Of(rounds.Select(round => round.Seconds));
            string cpu = rounds[0].CpuSeconds is null
                ? ""
                : Number(Statistics.Of(rounds.Select(round => round.CpuSeconds!.Value)).Median * 1000 / Ledgers);
            string peak = rounds[0].PeakBytes is null ? "" : Number(rounds.Max(round => round.PeakBytes!.Value) / 1048576.0);
            Line(
                $"| {name} | {seconds.Median:F2} | {seconds.Least:F2}–{seconds.Most:F2} | {seconds.Median / ceiling:F2} | {Ledgers
                    / seconds.Median:F0} | {cpu} | {peak} |");
        }

        Line($"");
        foreach ((string name, List<Round> rounds) in results.Where(result => result.Value[^1].Bound is not null))
            Line($"- {name}: {rounds[^1].Bound}");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        static string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
    }

    /// <summary>One measurement.</summary>
    /// <param name="Seconds">Wall time.</param>
    /// <param name="CpuSeconds">CPU time of the program; null if unknown.</param>
    /// <param name="PeakBytes">Peak physical memory of the program; null if unknown.</param>
    /// <param name="Bound">The bottleneck according to the program's report; null for none.</param>
    private sealed record Round(double Seconds, double? CpuSeconds, long? PeakBytes, string? Bound);
}
