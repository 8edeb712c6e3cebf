using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary><c>ledger verify</c>, run as a user runs it, on stores and streams that <c>ledger generate</c> makes.</summary>
public sealed class LedgerVerifyTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("ledger-verify-");

    private string Store => Path.Combine(folder.FullName, "store");

    private string Stream => Path.Combine(folder.FullName, "stream.xdr.zst");

    public void Dispose() => folder.Delete(recursive: true);

    private static async Task GenerateAsync(params string[] options)
    {
        CliResult made = await CliProcess.RunAsync(["ledger", "generate", "--ledgers", "30", "--transactions", "2", .. options]);
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
    }

    [Fact]
    public async Task Verify_StoreAndStream_SaysWhatTheProofRestsOn()
    {
        await GenerateAsync("--data-store", Store, "--ledgers-per-object", "8");
        await GenerateAsync("--stream", Stream);

        CliResult store = await CliProcess.RunAsync("ledger", "verify", Store, "--network", "testnet", "--from", "1002", "--to", "1029");
        CliResult stream = await CliProcess.RunAsync("ledger", "verify", Stream, "--network", "testnet");

        Assert.Equal((0, ""), (store.ExitCode, store.Error));
        Assert.Contains("Ledgers 1002 to 1029 chain by hash", store.Output, StringComparison.Ordinal);
        Assert.Contains("rests on the source alone", store.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (stream.ExitCode, stream.Error));
        Assert.Contains("Ledgers 1000 to 1029 chain by hash", stream.Output, StringComparison.Ordinal);
        const string HashIs = "last one is ";
        Assert.Contains(HashIs, store.Output, StringComparison.Ordinal);
        string hash = store.Output[(store.Output.IndexOf(HashIs, StringComparison.Ordinal) + HashIs.Length)..][..64];
        CliResult anchored =
            await CliProcess.RunAsync("ledger", "verify", Stream, "--network", "testnet", "--trusted-hash", $"1029:{hash}");
        Assert.Contains("All of them rest on the trusted hash", anchored.Output, StringComparison.Ordinal);
        CliResult false29 = await CliProcess.RunAsync("ledger", "verify", Stream, "--network", "testnet", "--trusted-hash", $"1028:{hash}");
        Assert.Equal(3, false29.ExitCode);
        Assert.Contains("Ledger 1028", false29.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WhatIsNotThereOrNotMeant_EndsWithItsExitCode()
    {
        await GenerateAsync("--data-store", Store);

        CliResult ended = await CliProcess.RunAsync("ledger", "verify", Store, "--network", "testnet", "--from", "1010", "--to", "2000");
        CliResult network = await CliProcess.RunAsync("ledger", "verify", Store, "--network", "pubnet", "--from", "1010");
        CliResult from = await CliProcess.RunAsync("ledger", "verify", Store, "--network", "testnet");
        CliResult absent = await CliProcess.RunAsync("ledger", "verify", Path.Combine(Store, "absent"), "--network", "testnet");
        File.Delete(Directory.GetFiles(Store, "*--1015.xdr.zst", SearchOption.AllDirectories).Single());
        CliResult hole = await CliProcess.RunAsync("ledger", "verify", Store, "--network", "testnet", "--from", "1010");

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("ends at ledger 1029", ended.Error, StringComparison.Ordinal);
        Assert.Equal(2, network.ExitCode);
        Assert.Contains("network", network.Error, StringComparison.Ordinal);
        Assert.Equal(2, from.ExitCode);
        Assert.Contains("--from", from.Error, StringComparison.Ordinal);
        Assert.Equal(2, absent.ExitCode);
        Assert.Equal(3, hole.ExitCode);
        Assert.Contains("lacks ledger 1015, but has ledger 1016", hole.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShowAndRows_OneLedgerOfAStore_ReadItsObjectAlone()
    {
        await GenerateAsync("--data-store", Store, "--ledgers-per-object", "8");
        foreach (string other in Directory.GetFiles(Store, "*.xdr.zst", SearchOption.AllDirectories).Where(
            static file => !file.Contains("--1008-", StringComparison.Ordinal)))
        {
            await File.WriteAllTextAsync(other, "damaged");
        }

        CliResult show = await CliProcess.RunAsync("ledger", "show", Store, "--network", "testnet", "--ledger", "1010");
        CliResult rows = await CliProcess.RunAsync(
            "ledger", "rows", new Uri(Store).AbsoluteUri, "--network", "testnet", "--ledger", "1010", "--table", "transactions");
        CliResult none = await CliProcess.RunAsync("ledger", "show", Store, "--network", "testnet", "--ledger", "5000");

        Assert.Equal((0, ""), (show.ExitCode, show.Error));
        Assert.Contains("1010", show.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (rows.ExitCode, rows.Error));
        Assert.Equal(3, rows.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("No file contains ledger 5000", none.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Verify_SampleStore_IsProved()
    {
        CliResult result =
            await CliProcess.RunAsync("ledger", "verify", SampleData.Require("ledgers/datastore"), "--network", "testnet", "--from", "997");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("Ledgers 997 to 999 chain by hash", result.Output, StringComparison.Ordinal);
    }
}
