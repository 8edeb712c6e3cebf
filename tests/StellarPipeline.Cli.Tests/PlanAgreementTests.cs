using System.Globalization;
using System.Text.Json;
using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>A plan, a dry run and the load itself say the same of the same database.</summary>
public sealed class PlanAgreementTests : IDisposable
{
    private const string HistoryAbove =
        "INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '99000000'); CREATE TABLE transactions (to_id bigint, ledger_number "
            + "int); "
            + "INSERT INTO transactions VALUES (1, 99000000)";

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-agreement-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData("an empty database", false, "", new string[0], 0)]
    [InlineData("an empty database that is to stay as it is", false, "", new[] { "--no-migrate" }, 2)]
    [InlineData("empty tables", true, "", new string[0], 0)]
    [InlineData("rows", true, "INSERT INTO native_balances (account_id) VALUES ('\\x01')", new string[0], 2)]
    [InlineData("a cursor", true, "INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '77')", new string[0], 2)]
    [InlineData("history above the checkpoint", true, HistoryAbove, new[] { "--replace" }, 2)]
    [InlineData("history above that may go", true, HistoryAbove, new[] { "--replace", "--discard-history-above" }, 0)]
    [InlineData("a table of others", true, "CREATE VIEW mine AS SELECT account_id FROM native_balances; CREATE TABLE theirs (id bytea "
        + "REFERENCES native_balances ON DELETE CASCADE); INSERT INTO native_balances (account_id) VALUES ('\\x01'); INSERT INTO theirs "
        + "VALUES ('\\x01')", new[] { "--replace" }, 2)]
    [InlineData("a column of another type", true, "ALTER TABLE sac_balances ALTER COLUMN balance TYPE int USING 0", new string[0], 2)]
    public async Task PlanDryRunAndLoad_OfOneDatabase_SayTheSame(
        string what, bool isMigrated, string statements, string[] options, int exitCode)
    {
        (string archive, string ledger) = await ArchiveAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string[] target = ["--database", database.ConnectionString];
        if (isMigrated) Assert.Equal(0, (await CliProcess.RunAsync(["migrate", "up", .. target])).ExitCode);
        if (statements.Length > 0) await database.ExecuteAsync(statements);

        CliResult plan = await CliProcess.RunAsync(
            ["plan", .. target, .. options, "--format", "json", "--network", "testnet", "--checkpoint", ledger]);
        CliResult dry = await CliProcess.RunAsync(["populate", "--archive", archive, .. target, .. options, "--dry-run"]);
        CliResult load = await CliProcess.RunAsync(["populate", "--archive", archive, .. target, .. options, "--quiet"]);

        Assert.True(plan.ExitCode == exitCode, $"plan of {what}: {plan.All}");
        Assert.True(dry.ExitCode == exitCode, $"dry run of {what}: {dry.All}");
        Assert.True(load.ExitCode == exitCode, $"load of {what}: {load.All}");
        using var json = JsonDocument.Parse(plan.Output);
        Assert.Equal(exitCode != 0, json.RootElement.GetProperty("refused").GetBoolean());
        string[] obstacles = [.. json.RootElement.GetProperty("checks").EnumerateArray().Where(
            check => check.GetProperty("obstacle").GetBoolean()).Select(check => check.GetProperty("message").GetString()!)];
        Assert.Equal(exitCode != 0, obstacles.Length > 0);
        foreach (string obstacle in obstacles)
        {
            Assert.Contains(obstacle, dry.Error, StringComparison.Ordinal);
            Assert.Contains(obstacle, load.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Plan_EmptyDatabase_SaysToRunMigrateUpFirst()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString);
        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.Contains("Run migrate up first", plan.Output, StringComparison.Ordinal);
        Assert.Contains("native_balances", plan.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task PlanDryRunAndLoad_IngestionIsAtWork_AreRefusedAlike()
    {
        (string archive, _) = await ArchiveAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string[] target = ["--database", database.ConnectionString];
        Assert.Equal(0, (await CliProcess.RunAsync(["migrate", "up", .. target])).ExitCode);
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using (NpgsqlCommand command = holder.CreateCommand())
        {
            command.CommandText = $"SELECT pg_advisory_lock({StellarNetwork.Testnet.IngestLockKeys[0]})";
            await command.ExecuteNonQueryAsync();
        }

        foreach (string[] line in new[]
        {
            ["plan", "--network", "testnet"], new[] { "populate", "--archive", archive, "--dry-run" }, ["populate", "--archive", archive],
        })
        {
            CliResult result = await CliProcess.RunAsync([.. line, .. target]);
            Assert.True(result.ExitCode == 4, result.All);
            Assert.Contains("The advisory lock", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Populate_RoleWithoutAnyRight_TellsAllGrantsAsOneScriptThatIsEnough()
    {
        (string archive, _) = await ArchiveAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        await database.ExecuteAsync("CREATE TABLE transactions (to_id bigint, ledger_number int)");
        TestRole role =
            await database.CreateRoleAsync("GRANT USAGE ON SCHEMA public TO {role}", "GRANT SELECT ON gorp_migrations TO {role}");
        string[] load = ["populate", "--archive", archive, "--database", role.ConnectionString, "--no-migrate", "--quiet"];

        CliResult refused = await CliProcess.RunAsync(load);
        CliResult plan = await CliProcess.RunAsync("plan", "--database", role.ConnectionString, "--no-migrate");

        Assert.True(refused.ExitCode == 2, refused.All);
        string[] grants = Grants(refused.Error);
        Assert.Equal(grants, Grants(plan.Output));
        Assert.NotEmpty(grants);
        foreach (string grant in grants) await database.ExecuteAsync(grant);
        CliResult done = await CliProcess.RunAsync(load);
        Assert.True(done.ExitCode == 0, done.All);

        static string[] Grants(string text) =>
            [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("GRANT ", StringComparison.Ordinal))];
    }

    [SkippableFact]
    public async Task Populate_LockIsNotToBeHad_NamesTheHolderAndTheOption()
    {
        (string archive, _) = await ArchiveAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction hold = await holder.BeginTransactionAsync();
        await using (NpgsqlCommand command = holder.CreateCommand())
        {
            command.CommandText = "SET application_name = 'nightly report'; LOCK TABLE native_balances IN SHARE MODE";
            await command.ExecuteNonQueryAsync();
        }

        string report = Path.Combine(folder, "failed.json");
        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", archive, "--database", database.ConnectionString, "--lock-timeout", "2", "--report", report);
        Assert.True(result.ExitCode == 4, result.All);
        Assert.Contains($"it is held by process {holder.ProcessID} (nightly report of role", result.Error, StringComparison.Ordinal);
        Assert.Contains("last statement begun at 2", result.Error, StringComparison.Ordinal);
        Assert.Contains("--lock-timeout", result.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        Assert.Contains("nightly report", json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private async Task<(string Folder, string Ledger)> ArchiveAsync()
    {
        string archive = Path.Combine(folder, "archive");
        GeneratedArchive made = await CheckpointArchiveGenerator.GenerateAsync(
            archive, new GeneratorOptions { Accounts = 50, Trustlines = 80, Passphrase = StellarNetwork.Testnet.Passphrase });
        Assert.True(made.CheckpointLedger < 99_000_000);
        return (archive, made.CheckpointLedger.ToString(CultureInfo.InvariantCulture));
    }
}
