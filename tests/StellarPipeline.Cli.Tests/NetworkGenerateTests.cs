using System.Text.RegularExpressions;

namespace StellarPipeline.Cli.Tests;

/// <summary><c>network generate</c>: what it writes is proved by the commands that read archives and ledgers.</summary>
public sealed partial class NetworkGenerateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stellar-pipeline-test").FullName;

    [Theory]
    [InlineData("store", "ledgers")]
    [InlineData("stream", "ledgers.xdr.zst")]
    public async Task Generate_EachForm_ArchivesAndLedgersAreProvedTogether(string form, string name)
    {
        string output = Path.Combine(folder, "network");
        CliResult made = await CliProcess.RunAsync(
            "network", "generate", "--output", output, "--form", form, "--ledgers", "16", "--checkpoint-frequency", "8", "--seed", "3",
            "--checkpoint", "1023", "--transactions", "10", "--accounts", "40", "--assets", "5");
        Assert.Equal(0, made.ExitCode);
        Assert.Contains("ledgers 1,024 to 1,039", made.Output, StringComparison.Ordinal);

        // Archived entries are not among the live ones.
        Match counts = Counts().Match(made.Output);
        Assert.NotEqual("0", counts.Groups["archived"].Value);
        CliResult archive =
            await CliProcess.RunAsync("archive", "verify", "--archive", Path.Combine(output, "archive-b"), "--checkpoint-frequency", "8");
        Assert.Equal(0, archive.ExitCode);
        Assert.Contains($"\n{counts.Groups["live"].Value} live entries. Everything agrees", archive.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CliProcess.RunAsync(
            "archive", "verify", "--archive", Path.Combine(output, "archive-a"), "--checkpoint-frequency", "8")).ExitCode);

        CliResult ledgers = await CliProcess.RunAsync(
            "ledger", "verify", Path.Combine(output, name), "--network", "testnet", "--from", "1024", "--to", "1039",
            "--archive", Path.Combine(output, "archive-b"), "--checkpoint-frequency", "8");
        Assert.Equal(0, ledgers.ExitCode);
        Assert.Contains("All of them rest on checkpoint 1039", ledgers.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ledgers is 65", "--ledgers", "65")]
    [InlineData("--checkpoint is 1000", "--checkpoint", "1000")]
    [InlineData("--checkpoint is 7", "--checkpoint", "7", "--checkpoint-frequency", "8")]
    [InlineData("--checkpoint-frequency is 5", "--checkpoint-frequency", "5")]
    [InlineData("--protocol: give 12 to 30", "--protocol", "11")]
    public async Task Generate_WhatCannotBe_IsRefusedAndNothingIsWritten(string message, params string[] options)
    {
        string output = Path.Combine(folder, "network");
        CliResult result = await CliProcess.RunAsync(["network", "generate", "--output", output, .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public async Task Generate_FolderThatIsNotEmpty_IsRefused()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "mine"), "");
        CliResult result = await CliProcess.RunAsync("network", "generate", "--output", folder);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is not empty", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [GeneratedRegex("with (?<live>[0-9,]+) live and (?<archived>[0-9,]+) archived entries")]
    private static partial Regex Counts();
}
