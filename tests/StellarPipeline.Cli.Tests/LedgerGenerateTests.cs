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

    [Fact]
    public async Task Generate_StreamThatIsThere_IsRefusedUnlessItMayBeReplaced()
    {
        string file = Path.Combine(folder, "mine.txt");
        await File.WriteAllTextAsync(file, "mine");
        string[] command = ["ledger", "generate", "--stream", file, "--ledgers", "1", "--transactions", "0"];

        CliResult refused = await CliProcess.RunAsync(command);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("already exists", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));

        Assert.Equal(0, (await CliProcess.RunAsync([.. command, "--overwrite"])).ExitCode);
        Assert.NotEqual("mine", await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("--first", "1", "3 to 2147483647")]
    [InlineData("--first", "2147483648", "3 to 2147483647")]
    [InlineData("--protocol", "31", "1 to 30")]
    [InlineData("--protocol", "0", "1 to 30")]
    [InlineData("--operations", "101", "1 to 100")]
    [InlineData("--soroban", "1001", "0 to 1000")]
    [InlineData("--failures", "1001", "0 to 1000")]
    [InlineData("--accounts", "3", "4 to 10000000")]
    [InlineData("--assets", "1000001", "1 to 1000000")]
    [InlineData("--transactions", "1048577", "0 to 1048576")]
    public async Task Generate_NumberOutOfBounds_NamesTheOptionAndItsBounds(string option, string value, string bounds)
    {
        CliResult result = await CliProcess.RunAsync("ledger", "generate", "--stream", Path.Combine(folder, "x.xdr"), option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option}: give {bounds}.", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
