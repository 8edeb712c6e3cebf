using System.Text.Json;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>What the proof of a checkpoint rests on, and what happens when those who are asked disagree.</summary>
public sealed class TrustTests(RemoteArchive remote) : IClassFixture<RemoteArchive>
{
    private uint Ledger => remote.Generated.CheckpointLedger;

    private string Hash => Convert.ToHexStringLower(remote.Generated.Archive.HeaderHash);

    [Fact]
    public async Task Info_NobodyElseAsked_RestsOnTheArchiveAlone()
    {
        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", remote.Folder);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Rests on      the archive alone", result.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_HashGivenAndASecondArchive_ReportSaysThatTheProofRestsOnBoth()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using ArchiveServer other = await remote.ServeAsync();
        string report = remote.NewFolder();
        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", remote.Folder, "--trusted-hash", $"{Ledger}:{Hash}", "--confirm-with", other.Url, "--database",
            database.ConnectionString, "--report", report);
        Assert.True(result.ExitCode == 0, result.All);
        string words = $"ledger hash given by you; confirmed by {other.Url}";
        Assert.Contains(
            words, string.Join(' ', result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        JsonElement checkpoint = json.RootElement.GetProperty("checkpoint");
        Assert.Equal(words, checkpoint.GetProperty("rests_on").GetString());
        Assert.DoesNotContain("no independent source", checkpoint.GetProperty("proof").GetString(), StringComparison.Ordinal);

        // Nothing but the header is asked of the second archive.
        Assert.Equal($"ledger/{Ledger >> 24:x2}/{(Ledger >> 16) & 0xff:x2}/{(Ledger >> 8) & 0xff:x2}/ledger-{Ledger:x8}.xdr.gz",
            Assert.Single(other.Requests.Select(request => request.Path).Distinct()));
    }

    [Fact]
    public async Task Verify_HashIsAnotherOne_ExitsWith3()
    {
        CliResult result =
            await CliProcess.RunAsync("archive", "verify", "--archive", remote.Folder, "--trusted-hash", $"{Ledger}:{new string('a', 64)}");
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains("trusted hash", result.Error, StringComparison.Ordinal);
        Assert.Contains(Hash, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_HashOfALedgerThatEndsNoCheckpoint_ExitsWith2()
    {
        CliResult result =
            await CliProcess.RunAsync("archive", "info", "--archive", remote.Folder, "--trusted-hash", $"{Ledger - 1}:{Hash}");
        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("does not end a checkpoint", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_SecondArchiveHasAnotherHistory_ExitsWith3AndChangesNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 20, Trustlines = 20, Passphrase = StellarNetwork.Testnet.Passphrase });
        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", remote.Folder, "--confirm-with", folder, "--database", database.ConnectionString);
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains("in the confirming archive", result.Error, StringComparison.Ordinal);
        Assert.Contains(folder, result.Error, StringComparison.Ordinal);
        Assert.False(await database.QueryAsync<bool>("SELECT to_regclass('native_balances') IS NOT NULL"));
    }

    [Fact]
    public async Task Info_SecondArchiveHasNotTheCheckpoint_ExitsWith3()
    {
        await using ArchiveServer other = await ArchiveServer.StartAsync();
        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", remote.Folder, "--confirm-with", other.Url);
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains("which should confirm the header", result.Error, StringComparison.Ordinal);
    }
}
