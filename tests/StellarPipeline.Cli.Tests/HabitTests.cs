using System.Text.Json;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// What people expect of a program: help and version as commands, a dry run, a status, completion, a manual, messages that say what is
/// true.
/// </summary>
public sealed class HabitTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-habits-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("help", "Commands:")]
    [InlineData("help archive fetch", "--downloads")]
    [InlineData("version", "stellar-pipeline ")]
    [InlineData("completion bash", "complete -o default -F _stellar_pipeline")]
    [InlineData("completion zsh", "#compdef stellar-pipeline")]
    [InlineData("completion fish", "complete -c stellar-pipeline")]
    [InlineData("completion pwsh", "Register-ArgumentCompleter")]
    [InlineData("help --man", ".SS populate")]
    public async Task Run_Habit_Prints(string arguments, string part)
    {
        CliResult result = await CliProcess.RunAsync(arguments.Split(' '));
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains(part, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suggest_BeginningOfACommand_GivesIt()
    {
        CliResult result = await CliProcess.RunAsync("[suggest:20]", "stellar-pipeline pop");
        Assert.Equal("populate", result.Output.Trim());
    }

    [Theory]
    [InlineData("backfill --fill ", "auto beside inplace")]
    [InlineData("populate --network p", "pubnet")]
    [InlineData("live --log-level d", "debug")]
    [InlineData("status --format j", "json")]
    [InlineData("migrate status --log-format ", "json text")]
    public async Task Suggest_BeginningOfAValue_GivesTheChoices(string line, string choices)
    {
        string whole = $"stellar-pipeline {line}";
        CliResult result = await CliProcess.RunAsync($"[suggest:{whole.Length}]", whole);
        Assert.Equal(choices, string.Join(' ', result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order()));
    }

    [SkippableFact]
    public async Task Status_BeforeAndAfterALoad_TellsRowsCursorsAndMigrations()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        GeneratedArchive archive = await GenerateAsync();
        CliResult before = await CliProcess.RunAsync("status", "--database", database.ConnectionString);
        Assert.True(before.ExitCode == 0, before.All);
        Assert.Contains("no such table", before.Output, StringComparison.Ordinal);
        Assert.Contains("pending", before.Output, StringComparison.Ordinal);

        CliResult dry = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--dry-run");
        Assert.True(dry.ExitCode == 0, dry.All);
        Assert.Contains("Nothing was changed.", dry.Output, StringComparison.Ordinal);
        Assert.Equal(0L, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));

        Assert.Equal(
            0, (await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--quiet")).ExitCode);
        CliResult refused =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--dry-run");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--replace", refused.Error, StringComparison.Ordinal);

        CliResult after = await CliProcess.RunAsync("status", "--database", database.ConnectionString, "--exact", "--format", "json");
        Assert.True(after.ExitCode == 0, after.All);
        using var facts = JsonDocument.Parse(after.Output);
        Assert.Equal(0, facts.RootElement.GetProperty("pending_migrations").GetInt32());
        Assert.Equal(archive.ExpectedRows.NativeBalances, facts.RootElement.GetProperty("rows").GetProperty("native_balances").GetInt64());
        Assert.Equal(archive.CheckpointLedger.ToString(System.Globalization.CultureInfo.InvariantCulture),
            facts.RootElement.GetProperty("cursors").GetProperty("latest_ingest_ledger").GetString());
    }

    [SkippableFact]
    public async Task Migrate_DatabaseThatIsNotThere_SaysHowToMakeIt()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string missing = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "no_such_one" }.ConnectionString;
        CliResult result = await CliProcess.RunAsync("migrate", "status", "--database", missing);
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("There is no such database", result.Error, StringComparison.Ordinal);
        Assert.Contains("createdb", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_ListAndPrune_ShowAndRemoveBuckets()
    {
        await GenerateAsync();
        string cache = Path.Combine(folder, "cache");
        Assert.Equal(0, (await CliProcess.RunAsync("archive", "fetch", "--archive", folder, "--cache", cache)).ExitCode);
        CliResult list = await CliProcess.RunAsync("cache", "list", "--cache", cache, "--format", "json");
        Assert.True(list.ExitCode == 0, list.All);
        using var held = JsonDocument.Parse(list.Output);
        Assert.True(held.RootElement.GetProperty("buckets").GetArrayLength() > 0);
        CliResult prune = await CliProcess.RunAsync("cache", "prune", "--cache", cache, "--keep", "0");
        Assert.True(prune.ExitCode == 0, prune.All);
        Assert.Empty(BucketCache.Open(cache).List());
        Assert.Equal(2, (await CliProcess.RunAsync("cache", "list", "--cache", Path.Combine(folder, "none"))).ExitCode);
    }

    [Fact]
    public async Task Verify_TwoBadBuckets_NamesBoth()
    {
        await GenerateAsync();
        string[] damaged =
            [.. Directory.EnumerateFiles(Path.Combine(folder, "bucket"), "*.gz", SearchOption.AllDirectories)
                .OrderByDescending(file => new FileInfo(file).Length).Take(2)];
        foreach (string file in damaged)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            bytes[bytes.Length / 2] ^= 0x40;
            await File.WriteAllBytesAsync(file, bytes);
        }

        CliResult result = await CliProcess.RunAsync("archive", "verify", "--archive", folder);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("2 of ", result.Output, StringComparison.Ordinal);
        foreach (string file in damaged)
            Assert.Contains(Path.GetFileName(file)["bucket-".Length..].Split('.')[0], result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_AsJson_IsOneDocument()
    {
        GeneratedArchive archive = await GenerateAsync();
        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", folder, "--format", "json");
        Assert.True(result.ExitCode == 0, result.All);
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal(archive.CheckpointLedger, document.RootElement.GetProperty("ledger").GetUInt32());
        Assert.True(document.RootElement.GetProperty("buckets").GetArrayLength() > 20);
    }

    private Task<GeneratedArchive> GenerateAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 300, Trustlines = 600, Passphrase = StellarNetwork.Testnet.Passphrase });
}
