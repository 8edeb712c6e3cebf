using System.Globalization;
using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// A conspicuous password goes in by every door and comes out by none: console, --verbose, report, audit, errors, pg_stat_activity.
/// </summary>
public sealed class SecretTests : IDisposable
{
    private const string Password = "Sesame-Open_9;='x";
    private const string Trace = "Sesame";
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-secrets-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_PasswordByEveryDoor_AppearsNowhere()
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 50, Trustlines = 100, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using EmbeddedServer server =
            await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { Transport = EmbeddedTransport.LoopbackTcp });
        var address = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        await using (var admin = NpgsqlDataSource.Create(server.ConnectionString))
        {
            await using NpgsqlCommand role =
                admin.CreateCommand(
                    $"CREATE ROLE loader LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'; GRANT CREATE ON SCHEMA "
                        + $"public TO loader");
            await role.ExecuteNonQueryAsync();
        }

        string port = address.Port.ToString(CultureInfo.InvariantCulture);
        string passwordFile = Path.Combine(folder, "pgpass");
        await File.WriteAllTextAsync(passwordFile, $"127.0.0.1:{port}:*:loader:{Password}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string url = $"postgres://loader:{Uri.EscapeDataString(Password)}@127.0.0.1:{port}/postgres";
        string keywords = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = address.Port,
            Username = "loader",
            Password = Password,
            Database = "postgres",
        }.ConnectionString;
        string bare = $"postgres://loader@127.0.0.1:{port}/postgres";
        await PopulateAsync(0, url);
        await PopulateAsync(0, keywords);
        await PopulateAsync(0, bare, ("PGPASSWORD", Password));
        await PopulateAsync(0, bare, ("PGPASSFILE", passwordFile));

        // The wrong one is refused by the server, at once and by name of the user only.
        string wrong = Uri.EscapeDataString(Password + "!");
        Assert.Contains(
            "28P01", (await PopulateAsync(4, $"postgres://loader:{wrong}@127.0.0.1:{port}/postgres")).Error, StringComparison.Ordinal);
        await PopulateAsync(4, bare, ("PGPASSWORD", Password + "!"));
        await PopulateAsync(2, $"postgres://loader:{wrong}@127.0.0.1:{port}0000/postgres");
        await PopulateAsync(2, $"postgres://loader:{Password}/@127.0.0.1:{port}/postgres");
        await PopulateAsync(2, $"Host=127.0.0.1;Username=loader;Password={Password};Bogus=1");
        Assert.DoesNotContain(Trace, server.ReadLog(), StringComparison.Ordinal);
    }

    private async Task<CliResult> PopulateAsync(int exitCode, string database, params (string Name, string Value)[] variables)
    {
        string report = Path.Combine(folder, "report.json");
        string audit = Path.Combine(folder, "audit.jsonl");
        CliResult result = await CliProcess.RunAsync(
            variables.ToDictionary(variable => variable.Name, variable => variable.Value), "populate", "--archive", folder, "--database",
            database, "--replace", "--verbose", "--report", report, "--audit", audit);
        Assert.True(result.ExitCode == exitCode, $"exit {result.ExitCode} instead of {exitCode}: {result.All}");
        string files = string.Concat(new[] { report, audit }.Where(File.Exists).Select(File.ReadAllText));
        Assert.DoesNotContain(Trace, result.All + files, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(Password), result.All + files, StringComparison.Ordinal);
        if (exitCode == 4) Assert.DoesNotContain("Attempt", result.Error, StringComparison.Ordinal);
        return result;
    }
}
