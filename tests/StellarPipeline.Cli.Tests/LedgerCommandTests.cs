using System.Globalization;
using System.Text.Json;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary><c>ledger rows</c> and <c>ledger show</c>, run as a user runs them, without a database.</summary>
public sealed class LedgerCommandTests : IDisposable
{
    private const string Core = "(V) (;,,;) (V)";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("ledger-");

    public void Dispose() => folder.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("transactions")]
    [InlineData("transactions_accounts")]
    [InlineData("operations")]
    [InlineData("operations_accounts")]
    [InlineData("state_changes")]
    public async Task Rows_RecordedLedger_PrintsTheExpectedFile(string table)
    {
        string set = SampleData.Require("expected-ledgers/core-p28-soroban");

        CliResult result = await CliProcess.RunAsync("ledger", "rows", Ledger(set), "--network", Core, "--table", table);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(set, table + ".csv")), result.Output);
    }

    [SkippableFact]
    public async Task Rows_DataStore_PrintsAllLedgersInOrder()
    {
        string store = SampleData.Require("ledgers/datastore");
        string set = SampleData.Require("expected-ledgers/testnet-997-999");

        CliResult result = await CliProcess.RunAsync("ledger", "rows", store, "--network", "testnet", "--table", "transactions_accounts");

        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(set, "transactions_accounts.csv")), result.Output);
    }

    [SkippableFact]
    public async Task Rows_Json_OneObjectPerRow()
    {
        string set = SampleData.Require("expected-ledgers/core-p28-soroban");

        CliResult result = await CliProcess.RunAsync("ledger", "rows", Ledger(set), "--network", Core, "--table", "transactions",
            "--format", "json");

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal(JsonValueKind.Number, first.RootElement.GetProperty("fee_charged").ValueKind);
        Assert.Equal(JsonValueKind.False, first.RootElement.GetProperty("is_fee_bump").ValueKind);
    }

    [SkippableFact]
    public async Task Show_RecordedLedger_TellsTransactionsAndWhatTheyMoved()
    {
        string set = SampleData.Require("expected-ledgers/core-p28");

        CliResult text = await CliProcess.RunAsync("ledger", "show", Ledger(set), "--network", Core);
        CliResult json = await CliProcess.RunAsync("ledger", "show", Ledger(set), "--network", Core, "--format", "json");

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("2 transactions, 3 operations, 8 state changes", text.Output, StringComparison.Ordinal);
        Assert.Contains("native", text.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(2, document.RootElement.GetProperty("transactions").GetArrayLength());
    }

    [SkippableFact]
    public async Task Rows_OtherNetwork_SaysSoAndExitsWithTheArchiveCode()
    {
        string set = SampleData.Require("expected-ledgers/core-p28");

        CliResult result = await CliProcess.RunAsync("ledger", "rows", Ledger(set), "--network", "testnet", "--table", "transactions");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("belongs to another network", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Rows_DamagedFiles_OneErrorWithThePlace()
    {
        string text = Path.Combine(folder.FullName, "text.xdr");
        await File.WriteAllTextAsync(text, "this is no ledger");
        string frame = Path.Combine(folder.FullName, "frame.xdr");
        await File.WriteAllBytesAsync(frame, [0x80, 0, 1, 0, 1, 2, 3]);
        string gzip = Path.Combine(folder.FullName, "cut.xdr.gz");
        await File.WriteAllBytesAsync(gzip, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF]);
        string zstd = Path.Combine(folder.FullName, "cut.xdr.zst");
        await File.WriteAllBytesAsync(zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x24]);

        foreach ((string file, string problem) in new[] { (text, "byte 0"), (frame, "only 3 are left"), (gzip, "gzip"), (zstd, "zstd") })
        {
            CliResult result = await CliProcess.RunAsync("ledger", "rows", file, "--table", "operations");
            Assert.Equal(3, result.ExitCode);
            Assert.Contains(problem, result.Error, StringComparison.Ordinal);
            Assert.Contains(Path.GetFileName(file), result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Theory]
    [InlineData("2", "no-such-file.xdr", "--table", "operations")]
    [InlineData("2", "no-such-file.xdr", "--table", "trades")]
    [InlineData("2", "no-such-file.xdr")]
    [InlineData("2", "", "--table", "operations")]
    [InlineData("2", "no-such-file.xdr", "--table", "operations", "--count", "0")]
    [InlineData("2", "no-such-file.xdr", "--table", "operations", "--network", "")]
    public async Task Rows_WrongUse_IsRefused(string exitCode, params string[] arguments)
    {
        CliResult result = await CliProcess.RunAsync(["ledger", "rows", .. arguments]);

        Assert.Equal(exitCode, result.ExitCode.ToString(CultureInfo.InvariantCulture));
        Assert.NotEmpty(result.Error);
    }

    private static string Ledger(string set) => Directory.GetFiles(set, "*.xdr.*").Single();
}
