using System.Text.Json;
using Microsoft.Extensions.Configuration;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>What is given but empty, what cannot be written, and settings of the server that are not the usual ones.</summary>
public sealed class DoorTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-doors-").FullName;

    public Task InitializeAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder, "archive"), new GeneratorOptions { Accounts = 50, Trustlines = 50 });

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("--database", "")]
    [InlineData("--database", "  ")]
    [InlineData("--network", "")]
    [InlineData("--data-directory", "")]
    [InlineData("--report", "")]
    [InlineData("--audit", "")]
    [InlineData("--cache", "")]
    [InlineData("--schema", "")]
    public async Task Populate_OptionThatIsEmpty_ExitsWith2AndNamesIt(string option, string value)
    {
        CliResult result = await CliProcess.RunAsync("populate", "--archive", Path.Combine(folder, "archive"), option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option}: the value is empty", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("populate --archive {archive} --database Host=127.0.0.1;Database=;Username=x", "Database without a value")]
    [InlineData("populate --archive {archive} --database postgres://x@127.0.0.1/", "nothing stands behind /")]
    [InlineData("populate --archive {archive} --database postgres://127.0.0.1/d?sslmode=", "sslmode without a value")]
    [InlineData("populate --archive {archive} --database postgres://127.0.0.1:1/d --report {folder}", "--report")]
    [InlineData("populate --archive {archive} --database postgres://127.0.0.1:1/d --report {folder}/none/report.json", "--report")]
    [InlineData("populate --archive {archive} --database postgres://127.0.0.1:1/d --audit {folder}/none/audit.jsonl", "audit")]
    [InlineData("populate --archive {archive} --data-directory /dev/null/data", "/dev/null/data")]
    [InlineData("populate --archive {archive} --data-directory /dev/null", "/dev/null")]
    [InlineData("populate --archive {archive} --checkpoint-frequency 2147483647", "frequency")]
    [InlineData("populate --archive {archive} --lock-timeout 2147483647", "lock timeout")]
    [InlineData("populate --archive {archive} --attempts 0", "attempts")]
    [InlineData("populate --archive {archive} --cache /dev/null", "/dev/null")]
    [InlineData("archive fetch --archive {archive} --cache {folder}/cache --downloads 0", "ownloads")]
    [InlineData("archive generate --output {folder}/new --protocol 4294967295", "rotocol")]
    [InlineData("archive generate --output {folder}/new --checkpoint 4294967295 --checkpoint-frequency 2147483647", "requency")]
    [InlineData("archive generate --output {folder}/new --checkpoint-frequency -8", "requency")]
    [InlineData("archive generate --output /dev/null", "/dev/null")]
    [InlineData("plan --database postgres://127.0.0.1:1/d --tables ,", "--tables")]
    [InlineData("demo --report {folder}/none/report.json", "--report")]
    public async Task Run_ValueThatCannotBe_ExitsWith2AndNamesIt(string arguments, string mentioned)
    {
        CliResult result =
            await CliProcess.RunAsync(
                [.. arguments.Split(' ')
                    .Select(
                    word => word.Replace("{archive}", Path.Combine(folder, "archive"), StringComparison.Ordinal).Replace(
                        "{folder}", folder, StringComparison.Ordinal))]);
        Assert.True(result.ExitCode == 2, $"{result.ExitCode}: {result.All}");
        Assert.Contains(mentioned, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("> /dev/full", "")]
    [InlineData("2> /dev/full > /dev/full", "")]
    [InlineData(">&- 2>&-", "")]
    [InlineData("", "/dev/full")]
    public async Task Populate_NothingCanBeWrittenAfterTheCommit_ExitsWith0(string redirections, string report)
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full.");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string[] arguments = ["populate", "--archive", Path.Combine(folder, "archive"), "--database", database.ConnectionString,
            .. report.Length > 0 ? new[] { "--report", report } : []];
        CliResult result = await CliProcess.RunRedirectedAsync(redirections, arguments);
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.All}");
        Assert.True(await database.QueryAsync<long>("SELECT count(*) FROM native_balances") > 0);
        if (redirections == "> /dev/full")
            Assert.Contains("Warning: Standard output could not be written", result.Error, StringComparison.Ordinal);
        if (report.Length > 0)
            Assert.Contains("Warning: The load is committed, but its report could not be written", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Plan_OutputThatCannotBeWritten_ExitsWith6()
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full.");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(
            0, (await CliProcess.RunRedirectedAsync("> /dev/full", "migrate", "up", "--database", database.ConnectionString)).ExitCode);
        CliResult result = await CliProcess.RunRedirectedAsync("> /dev/full", "plan", "--database", database.ConnectionString);
        Assert.True(result.ExitCode == 6, $"{result.ExitCode}: {result.All}");
        Assert.DoesNotContain("bug", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_LoadThatIsRefused_WritesTheErrorIntoTheReport()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string kept = Path.Combine(folder, "kept.json");
        string absent = Path.Combine(folder, "absent.json");
        await File.WriteAllTextAsync(kept, "of an earlier load");
        foreach (string report in new[] { kept, absent })
        {
            CliResult result = await CliProcess.RunAsync("populate", "--archive", Path.Combine(folder, "archive"), "--network", "pubnet",
                "--database", database.ConnectionString, "--report", report);
            Assert.NotEqual(0, result.ExitCode);
        }

        foreach (string report in new[] { kept, absent })
        {
            using var failure = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
            Assert.Equal(("refused", 2),
                (failure.RootElement.GetProperty("outcome").GetString(), failure.RootElement.GetProperty("exit_code").GetInt32()));
            Assert.Contains("Wrong network", failure.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Populate_ServerThatQuotesAllIdentifiers_Loads()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET quote_all_identifiers = on");
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString);
        Assert.True(plan.ExitCode == 0, $"{plan.ExitCode}: {plan.All}");
        foreach (string strategy in new[] { "recreate", "ordered" })
        {
            CliResult result = await CliProcess.RunAsync("populate", "--archive", Path.Combine(folder, "archive"), "--database",
                database.ConnectionString, "--replace", "--foreign-keys", strategy);
            Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.All}");
        }
    }

    [SkippableFact]
    public async Task Populate_LongApplicationNameOfEmoji_Loads()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string name = "x" + string.Concat(Enumerable.Repeat("🚀", 30));
        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", Path.Combine(folder, "archive"), "--database", $"{database.ConnectionString};Application Name={name}");
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.All}");
    }

    [SkippableTheory]
    [InlineData("2147483711")]
    [InlineData("4294967231")]
    public async Task Populate_CheckpointAboveTheNumbersOfTheTables_IsNoBug(string checkpoint)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string archive = Path.Combine(folder, "late");
        CliResult made = await CliProcess.RunAsync(
            "archive", "generate", "--output", archive, "--accounts", "20", "--trustlines", "20", "--checkpoint", checkpoint);
        Assert.True(made.ExitCode == 0, $"{made.ExitCode}: {made.All}");
        CliResult result = await CliProcess.RunAsync("populate", "--archive", archive, "--database", database.ConnectionString);
        Assert.True(result.ExitCode is 0 or 2, $"{result.ExitCode}: {result.All}");
        Assert.DoesNotContain("bug", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pubnet", "pubnet")]
    [InlineData("Test SDF Network ; September 2015", "testnet")]
    [InlineData("my own", "my own")]
    public void Bind_NetworkOfAConfiguration_IsThatNetwork(string text, string name)
    {
        PopulateOptions? options = Configuration(("Network", text), ("BatchRows", "7")).Get<PopulateOptions>();
        Assert.Equal(name, options?.Network?.Name);
        Assert.Equal(7, options?.BatchRows);
    }

    [Fact]
    public void Bind_EmptyNetworkOfAConfiguration_IsAnErrorThatNamesIt()
    {
        InvalidOperationException error =
            Assert.Throws<InvalidOperationException>(() => Configuration(("Network", "")).Get<PopulateOptions>());
        Assert.Contains("Network", error.Message, StringComparison.Ordinal);
        Assert.Null(new PopulateOptions().Network);
        Assert.Equal(StellarNetwork.Pubnet, StellarNetwork.Parse("pubnet"));
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(
            values.Select(value => KeyValuePair.Create<string, string?>(value.Key, value.Value))).Build();
}
