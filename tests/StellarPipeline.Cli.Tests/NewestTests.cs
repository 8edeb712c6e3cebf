using System.Text.Json;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// What a user is told about the newest checkpoint: who lags, how old it is, and what --max-age and a misspelt passphrase do.
/// </summary>
public sealed class NewestTests(RemoteArchive remote) : IClassFixture<RemoteArchive>
{
    [SkippableFact]
    public async Task Populate_StaleMirrorFirst_LoadsTheNewestAndTellsWhoLagsAndHowOldItIs()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions
        {
            Accounts = 20, Trustlines = 20,
            CheckpointLedger = remote.Generated.CheckpointLedger + 64, Passphrase = StellarNetwork.Testnet.Passphrase
        });
        string report = remote.NewFolder();

        CliResult result = await CliProcess.RunAsync("populate", "--archive", remote.Folder, "--archive", folder, "--cache",
            remote.NewFolder(), "--database", database.ConnectionString, "--report", report);

        Assert.True(result.ExitCode == 0, result.All);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        Assert.Equal(remote.Generated.CheckpointLedger + 64, json.RootElement.GetProperty("checkpoint").GetProperty("ledger").GetUInt32());
        string remarks = json.RootElement.GetProperty("remarks").ToString();
        foreach (string said in new[] { remarks, result.Error })
        {
            Assert.Contains("lags behind", said, StringComparison.Ordinal);
            Assert.Contains("days ago", said, StringComparison.Ordinal);
            Assert.Contains("set --max-age to refuse old checkpoints", said, StringComparison.Ordinal);
            Assert.DoesNotContain("MaxAge", said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("90m")]
    [InlineData("3600")]
    [InlineData("2d")]
    public async Task Verify_OlderThanMaxAge_ExitsWith2(string age)
    {
        CliResult result = await CliProcess.RunAsync("archive", "verify", "--archive", remote.Folder, "--max-age", age);

        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("the maximum age is", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_MaxAgeThatIsEnoughOrNone_IsObeyedOrRefused()
    {
        CliResult enough = await CliProcess.RunAsync("archive", "info", "--archive", remote.Folder, "--max-age", "36500d");
        Assert.True(enough.ExitCode == 0, enough.All);
        Assert.Contains(
            "Remark        The newest usable checkpoint, 61,999,999, closed", enough.Output, StringComparison.Ordinal);
        CliResult none = await CliProcess.RunAsync("archive", "info", "--archive", remote.Folder, "--max-age", "soon");
        Assert.True(none.ExitCode == 2, none.All);
        Assert.Contains("--max-age soon", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_EightLedgersPerCheckpointReadWith64_ExitsWith2SayingTheFrequency()
    {
        string folder = remote.NewFolder();
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions
            {
                Accounts = 5, Trustlines = 5, CheckpointLedger = 127, CheckpointFrequency = 8,
                Passphrase = StellarNetwork.Testnet.Passphrase
            });

        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", folder);

        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("--checkpoint-frequency 8", result.Error, StringComparison.Ordinal);
        CliResult right = await CliProcess.RunAsync("archive", "info", "--archive", folder, "--checkpoint-frequency", "8");
        Assert.True(right.ExitCode == 0, right.All);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Populate_MisspeltPassphraseAndAnArchiveWithoutOne_ExitsWith2AndCommitsNothing(bool hasNativeContract)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions
            {
                Accounts = 20, Trustlines = 20, Protocol = 22, EdgeCases = hasNativeContract,
                Passphrase = StellarNetwork.Testnet.Passphrase
            });
        ArchiveDamage.EditState(archive.Archive, json => json.Remove("networkPassphrase"));

        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", folder, "--network", "Test SDF Network ; September 2016", "--database", database.ConnectionString);

        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("Wrong network", result.Error, StringComparison.Ordinal);
        Assert.False(await database.QueryAsync<bool>("SELECT to_regclass('native_balances') IS NOT NULL"));
        CliResult right = await CliProcess.RunAsync(
            "populate", "--archive", folder, "--network", "Test SDF Network ; September 2015", "--database", database.ConnectionString);
        Assert.True(right.ExitCode == 0, right.All);
        Assert.DoesNotContain("the passphrase was not checked", right.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_NothingProvesThePassphrase_IsARemark()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions
            {
                Accounts = 20, Trustlines = 20, Protocol = 22, EdgeCases = false, SacContracts = 0,
                SacBalances = 0, Passphrase = StellarNetwork.Testnet.Passphrase
            });
        ArchiveDamage.EditState(archive.Archive, json => json.Remove("networkPassphrase"));

        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--network", "testnet", "--database", database.ConnectionString);

        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("the passphrase was not checked", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_HeadersOnlyOfTheCheckpointBefore_FetchesThatAndOfflineFindsItAgain()
    {
        string cache = remote.NewFolder();
        await using ArchiveServer server = await remote.ServeAsync();
        JsonNode state = JsonNode.Parse(server.Files[".well-known/stellar-history.json"])!;
        state["currentLedger"] = remote.Generated.CheckpointLedger + 64;
        server.Files[".well-known/stellar-history.json"] = System.Text.Encoding.UTF8.GetBytes(state.ToJsonString());

        CliResult result = await CliProcess.RunAsync("archive", "fetch", "--archive", server.Url, "--cache", cache, "--network", "testnet");
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Checkpoint 62,000,063", result.Error, StringComparison.Ordinal);
        CliResult offline = await CliProcess.RunAsync("archive", "verify", "--offline", "--cache", cache, "--network", "testnet");
        Assert.True(offline.ExitCode == 0, offline.All);
    }
}
