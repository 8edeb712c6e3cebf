using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// <c>timescale configure</c> and <c>timescale status</c> in a database without the extension, and with options that contradict.
/// </summary>
public sealed class TimescaleTests
{
    [SkippableFact]
    public async Task Timescale_NoExtension_OneSentenceAndExitCode2()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        CliResult configure = await CliProcess.RunAsync(
            "timescale", "configure", "--retention", "90 days", "--database", database.ConnectionString);
        CliResult status = await CliProcess.RunAsync("timescale", "status", "--database", database.ConnectionString);

        Assert.Equal((2, 2), (configure.ExitCode, status.ExitCode));
        Assert.Matches(
            "^Error: The extension TimescaleDB is not installed in database .*, so there is nothing to configure.", configure.Error);
        Assert.Matches("^Error: The database does not have the extension TimescaleDB;", status.Error);
        Assert.Equal("", configure.Output + status.Output);
    }

    [Theory]
    [InlineData("--retention", "none", "--run-retention", "true")]
    [InlineData("--max-chunks-to-compress", "-1")]
    public async Task TimescaleConfigure_OptionsThatMakeNoSense_AreRefusedBeforeConnecting(params string[] options)
    {
        CliResult result =
            await CliProcess.RunAsync(["timescale", "configure", "--database", "postgres://nobody@127.0.0.1:1/none", .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Nothing was changed.", result.Error, StringComparison.Ordinal);
    }
}
