namespace StellarPipeline.Cli.Tests;

/// <summary><c>ledger generate</c>: what it writes, <c>ledger rows</c> reads.</summary>
public sealed class LedgerGenerateTests : IDisposable
{
    private const int Ledgers = 5;
    private const int Transactions = 6;

    private readonly string folder = Directory.CreateTempSubdirectory("stellar-pipeline-test").FullName;

    [Theory]
    [InlineData("--stream", "ledgers.xdr")]
    [InlineData("--stream", "ledgers.xdr.zst")]
    [InlineData("--stream", "ledgers.xdr.gz")]
    [InlineData("--data-store", "store", "--ledgers-per-object", "2", "--objects-per-partition", "2")]
    [InlineData("--data-store", "flat", "--objects-per-partition", "1")]
    public async Task Generate_EveryForm_GivesTheSameRows(string option, string name, params string[] more)
    {
        string output = Path.Combine(folder, name);
        string[] shape = ["--ledgers", $"{Ledgers}", "--transactions", $"{Transactions}", "--first", "1001", "--seed", "7"];
        CliResult made = await CliProcess.RunAsync(["ledger", "generate", option, output, .. shape, .. more]);
        Assert.Equal(0, made.ExitCode);
        Assert.Contains($"{Ledgers} ledgers, {Ledgers * Transactions} transactions", made.Output, StringComparison.Ordinal);
        CliResult rows = await CliProcess.RunAsync("ledger", "rows", output, "--network", "testnet", "--table", "transactions");
        Assert.Equal(0, rows.ExitCode);
        string[] lines = rows.Output.TrimEnd().Split('\n');
        Assert.Equal(1 + (Ledgers * Transactions), lines.Length);
        Assert.StartsWith($"{(1001L << 32) + 4096},", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_FolderThatIsNotEmpty_IsRefused()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "mine"), "");
        CliResult result = await CliProcess.RunAsync("ledger", "generate", "--data-store", folder);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is not empty", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
