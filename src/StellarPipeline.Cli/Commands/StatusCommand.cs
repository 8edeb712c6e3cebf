using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>status</c>: shows the content of a database and the loads that are running on it.</summary>
internal static class StatusCommand
{
    private const string Loads =
        "SELECT pid, application_name, extract(epoch FROM now() - xact_start)::float8 FROM pg_catalog.pg_stat_activity WHERE datname = "
            + "current_database() AND application_name LIKE '% load: %' AND pid <> pg_backend_pid() ORDER BY pid";

    private const string Estimate =
        "SELECT coalesce((SELECT reltuples::float8 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)), -2)";

    public static Command Create()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        var exact =
            new Option<bool>("--exact")
            {
                Description = "Count the rows, which reads the tables. Without it, they are PostgreSQL's estimates of the last ANALYZE.",
            };
        Option<string> format = CommonOptions.Format();
        var command =
            new Command("status",
                "Shows the ingestion cursors, the last load and the age of the data, the rows of the wallet tables, pending migrations, "
                    + "running loads, who follows the network, and the progress of backfills.")
            {
                database,
                dataDirectory,
                schema,
                exact,
                format,
            };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(parsed.GetValue(database), parsed.GetValue(dataDirectory),
                parsed.GetValue(schema), loggers, cancellationToken, mustExist: true);
            string schemaName = SessionStart.RequireSchemaOf(target.DataSource);
            await RequireRightsAsync(target.DataSource, schemaName, parsed.GetValue(exact), cancellationToken);
            IReadOnlyList<MigrationStatus> migrations = await new MigrationRunner(target.DataSource, WalletSchema.Migrations,
                new MigrationRunnerOptions(), loggers.CreateLogger<MigrationRunner>()).StatusAsync(cancellationToken);
            await using NpgsqlConnection connection = await SessionStart.OpenAsync(target.DataSource, cancellationToken);
            (NpgsqlTransaction transaction, _) = await SessionStart.BeginAsync(target.DataSource, connection, cancellationToken);
            await using NpgsqlTransaction pinned = transaction;
            string quoted = CopyTable.Quote(schemaName);
            var facts = new JsonObject
            {
                ["database"] = $"{connection.Host}:{connection.Port}/{connection.Database}",
                ["schema"] = schemaName,
                ["pending_migrations"] = migrations.Count(status => !status.IsApplied),
            };
            facts["cursors"] = await CursorsAsync(connection, quoted, cancellationToken);
            await TakeLastLoadAsync(connection, quoted, facts, cancellationToken);
            facts["rows"] = await RowsAsync(connection, quoted, parsed.GetValue(exact), cancellationToken);
            facts["loads"] = await LoadsAsync(connection, cancellationToken);
            facts["ingestion"] = await IngestionAsync(connection, facts, cancellationToken);
            if (await BackfillState.ReadAsync(target.DataSource, cancellationToken) is { } backfill) facts["backfill"] = Json(backfill);
            TimescaleStatus timescale = await TimescaleStatus.ReadAsync(target.DataSource, cancellationToken);
            if (timescale.Version is not null) facts["timescale"] = TimescalePrinter.Json(timescale);
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
                Console.WriteLine(JsonText.Of(facts));
            else Print(facts, parsed.GetValue(exact), timescale);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task RequireRightsAsync(
        NpgsqlDataSource database, string schema, bool exact, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await SessionStart.OpenAsync(database, cancellationToken);
        (NpgsqlTransaction transaction, _) = await SessionStart.BeginAsync(database, connection, cancellationToken);
        await using NpgsqlTransaction pinned = transaction;
        IEnumerable<string> tables = WalletSchema.Migrations.Select(set => set.TrackingTable)
            .Concat([WalletTables.IngestStore.Name, "transactions", "backfill_batches", "backfill_leases"]);
        if (exact) tables = tables.Concat(WalletTables.All.Select(table => table.Name));
        await ReadingRights.RequireAsync(connection, schema, tables, cancellationToken);
    }

    private static async Task<JsonObject> CursorsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var cursors = new JsonObject();
        if (await EstimateAsync(connection, $"{schema}.ingest_store", cancellationToken) < -1) return cursors;
#pragma warning disable CA2100 // The schema is quoted.
        await using var command = new NpgsqlCommand($"SELECT key::text, value::text FROM {schema}.ingest_store ORDER BY key", connection);
#pragma warning restore CA2100
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) cursors[reader.GetString(0)] = reader.GetString(1);
        return cursors;
    }

    /// <summary>The record of the last load of a checkpoint, and the age of the newest data.</summary>
    private static async Task TakeLastLoadAsync(
        NpgsqlConnection connection, string schema, JsonObject facts, CancellationToken cancellationToken)
    {
        JsonObject cursors = facts["cursors"]!.AsObject();
        JsonNode? last = null;
        if (cursors[LastLoad.Key]?.GetValue<string>() is { } note)
        {
            cursors.Remove(LastLoad.Key);
            try
            {
                last = JsonNode.Parse(note);
            }
            catch (System.Text.Json.JsonException)
            {
                // The record is somebody else's, or damaged. It is informative only, so it is left out.
                last = JsonValue.Create(note);
            }

            facts["last_load"] = last;
        }

        DateTimeOffset? newest = null;
        if (await EstimateAsync(connection, $"{schema}.transactions", cancellationToken) >= -1)
        {
#pragma warning disable CA2100 // The schema is quoted.
            await using var command =
                new NpgsqlCommand($"SELECT ledger_created_at FROM {schema}.transactions ORDER BY to_id DESC LIMIT 1", connection);
#pragma warning restore CA2100
            if (await command.ExecuteScalarAsync(cancellationToken) is DateTime closed)
                newest = new DateTimeOffset(closed.ToUniversalTime());
        }

        if ((last as JsonObject)?["closed"]?.GetValue<string>() is { } text
            && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out DateTimeOffset loaded)
            && (newest is null || loaded > newest))
        {
            newest = loaded;
        }

        if (newest is not { } time) return;
        facts["newest"] = time;
        facts["age_seconds"] = Math.Round((DateTimeOffset.UtcNow - time).TotalSeconds);
    }

    private static async Task<JsonObject> RowsAsync(
        NpgsqlConnection connection, string schema, bool exact, CancellationToken cancellationToken)
    {
        var rows = new JsonObject();
        foreach (CopyTable table in WalletTables.All)
        {
            string name = $"{schema}.{CopyTable.Quote(table.Name)}";
            double estimate = await EstimateAsync(connection, name, cancellationToken);
            if (estimate < -1) rows[table.Name] = "no such table";
            else if (exact) rows[table.Name] = await CountAsync(connection, name, cancellationToken);
            else rows[table.Name] = estimate < 0 ? "not analysed yet" : (long)estimate;
        }

        return rows;
    }

    private static async Task<JsonArray> LoadsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var loads = new JsonArray();
        await using var command = new NpgsqlCommand(Loads, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            loads.Add((JsonNode)new JsonObject
            {
                ["process"] = reader.GetInt32(0), ["doing"] = reader.GetString(1),
                ["seconds"] = await reader.IsDBNullAsync(2, cancellationToken) ? null : Math.Round(reader.GetDouble(2), 1)
            });
        }

        return loads;
    }

    /// <summary>Who holds the ingest lock of a network, as live ingestion does and a load of a checkpoint too.</summary>
    private static async Task<JsonArray> IngestionAsync(
        NpgsqlConnection connection, JsonObject facts, CancellationToken cancellationToken)
    {
        var writers = new JsonArray();
        string? loaded = ((facts["last_load"] as JsonObject)?["network"] as JsonValue)?.ToString();
        IEnumerable<StellarNetwork> networks = [StellarNetwork.Pubnet, StellarNetwork.Testnet, StellarNetwork.Futurenet];
        if (!string.IsNullOrWhiteSpace(loaded)) networks = networks.Append(StellarNetwork.Parse(loaded));
        foreach (StellarNetwork network in networks.DistinctBy(static network => network.Passphrase))
        {
            foreach (long key in network.IngestLockKeys)
            {
                if (await LockHolder.DescribeAsync(connection, key, cancellationToken) is not { } holder) continue;
                writers.Add((JsonNode)new JsonObject { ["network"] = network.Name, ["holder"] = holder });
                break;
            }
        }

        return writers;
    }

    private static JsonObject Json(BackfillState state) => new()
    {
        ["batches"] = state.Batches, ["ledgers"] = state.Ledgers, ["first_ledger"] = state.Span?.First, ["last_ledger"] = state.Span?.Last,
        ["being_loaded"] = state.BeingLoaded, ["waiting"] = state.Waiting, ["processes"] = state.Processes,
    };

    private static string Text(JsonNode backfill)
    {
        string loaded = backfill["first_ledger"] is null ? "no batch is loaded" : string.Create(CultureInfo.InvariantCulture,
            $"{(long)backfill["ledgers"]!:N0} ledgers in {(long)backfill["batches"]!:N0} batches, between {backfill["first_ledger"]} and "
                + $"{backfill["last_ledger"]}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{loaded}; {(long)backfill["being_loaded"]!:N0} ledgers are being loaded by {backfill["processes"]} processes, "
                + $"{(long)backfill["waiting"]!:N0} wait");
    }

    private static async Task<double> EstimateAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command =
            new NpgsqlCommand(Estimate, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = table } } };
        return (double)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name is quoted.
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {table}", connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string Time(JsonNode? time) => time is JsonValue value && value.TryGetValue(out DateTimeOffset at)
            ? FormattableString.Invariant($"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            : "an unknown time";

    private static void Print(JsonObject facts, bool exact, TimescaleStatus timescale)
    {
        Line("Database", $"{facts["database"]}, schema {facts["schema"]}");
        Line("Migrations", (int)facts["pending_migrations"]! == 0
            ? "none pending"
            : $"{facts["pending_migrations"]} pending: run migrate up, or let populate apply them");
        JsonObject cursors = facts["cursors"]!.AsObject();
        foreach ((string key, JsonNode? value) in cursors) Line("Cursor", $"{key} = {value}");
        if (cursors.Count == 0) Line("Cursor", "none: no checkpoint was loaded and nothing was ingested yet");
        if (facts["last_load"] is JsonObject last)
        {
            Line("Last load", string.Create(CultureInfo.InvariantCulture,
                $"ledger {(long?)last["ledger"]:N0} of {last["network"]}: {(long?)last["rows"]:N0} rows in "
                    + $"{(double?)last["seconds"]:F1} s, ended {Time(last["ended"])}, by {last["program"]}"));
        }

        if (facts["newest"] is { } newest)
            Line("Newest data", $"of {Time(newest)}, {LedgerAge.Of(TimeSpan.FromSeconds((double)facts["age_seconds"]!))} old");
        foreach ((string table, JsonNode? rows) in facts["rows"]!.AsObject())
        {
            string text = rows!.GetValueKind() == System.Text.Json.JsonValueKind.Number
                ? FormattableString.Invariant($"{(exact ? "" : "about ")}{(long)rows:N0}")
                : rows.ToString();
            Console.WriteLine($"Rows          {table,-26} {text}");
        }

        JsonArray loads = facts["loads"]!.AsArray(), writers = facts["ingestion"]!.AsArray();
        foreach (JsonNode? load in loads)
            Line("Running", $"{load!["doing"]} (process {load["process"]}, for {load["seconds"]} s)");
        if (loads.Count == 0) Line("Running", "no load");
        foreach (JsonNode? writer in writers) Line("Ingestion", $"of {writer!["network"]}: {writer["holder"]}");
        if (writers.Count == 0) Line("Ingestion", "nobody holds the ingest lock of a known network");
        if (facts["backfill"] is { } backfill) Line("Backfill", Text(backfill));
        if (timescale.Version is not null) TimescalePrinter.Print(timescale, timescale.Remarks());
    }

    private static void Line(string label, string text) => ReportPrinter.Write(Console.Out, label, text);
}
