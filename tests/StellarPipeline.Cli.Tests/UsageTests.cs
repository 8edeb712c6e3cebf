namespace StellarPipeline.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "Required command")]
    [InlineData("populate", "--archive")]
    [InlineData("populate --archive /no/such/folder", "/no/such/folder")]
    [InlineData("populate --archive . --checkpoint soon", "--checkpoint soon")]
    [InlineData("populate --archive . --checkpoint 0", "--checkpoint 0")]
    [InlineData("populate --archive . --batch-rows many", "--batch-rows")]
    [InlineData("populate --archive . --batch-rows 0", "0 rows")]
    [InlineData("populate --archive . --checkpoint-frequency 1", "frequency")]
    [InlineData("populate --archive ftp://host/archive", "ftp")]
    [InlineData("populate --archive . --database nonsense", "neither a postgres:// URL")]
    [InlineData("populate --archive . --foreign-keys sometimes", "sometimes")]
    [InlineData("populate --archive . --unknown", "--unknown")]
    [InlineData("populate --network MyNetwork", "--archive with a directory")]
    [InlineData("archive info", "--archive with a directory")]
    [InlineData("archive info --archive . --trusted-hash 63", "--trusted-hash 63")]
    [InlineData("archive info --archive . --trusted-hash 127:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
        + "--checkpoint 63", "give the hash of the checkpoint's own ledger")]
    [InlineData("archive info --archive http://localhost/a --confirm-with http://localhost/a/", "it would only confirm itself")]
    [InlineData("archive info --archive . --confirm-with http://localhost/a --offline", "give one of the two")]
    [InlineData("archive info --archive . --confirm-with ftp://localhost/a", "ftp")]
    [InlineData("archive fetch --archive . --cache-size many", "--cache-size many")]
    [InlineData("archive fetch --archive . --cache-size 9999999999TiB", "--cache-size 9999999999TiB")]
    [InlineData("archive fetch --archive . --max-bucket-bytes 0", "--max-bucket-bytes 0")]
    [InlineData("archive fetch --archive http://localhost/a --http-timeout 0", "--http-timeout")]
    [InlineData("archive fetch --archive http://localhost/a --http-attempts 0", "MaxAttempts is 0")]
    [InlineData("archive fetch --archive http://localhost/a --cache /proc/none", "/proc/none")]
    [InlineData("populate --archive . --replace=", "--replace: the value is empty")]
    [InlineData("populate --archive . --dry-run=no", "--dry-run: 'no' is neither true nor false")]
    [InlineData("migrate down --drop-dependents=1", "--drop-dependents: '1' is neither true nor false")]
    [InlineData("migrate", "Required command")]
    [InlineData("migrate down", "count")]
    [InlineData("migrate down 0", "1 or more")]
    [InlineData("migrate up -1", "1")]
    [InlineData("archive generate --output /proc/none --accounts -1", "--accounts")]
    [InlineData("ledger generate", "--stream or --data-store")]
    [InlineData("ledger generate --stream a --data-store b", "--stream or --data-store")]
    [InlineData("ledger generate --stream /proc/none --protocol 31", "--protocol: give 1 to 30")]
    [InlineData("ledger generate --stream /proc/none --ledgers 0", "--ledgers")]
    [InlineData("ledger generate --stream /proc/none/a --ledgers 1", "cannot be written")]
    [InlineData("demo --entries 5", "--entries")]
    public async Task Run_WrongUsage_ExitsWith2AndSaysWhatIsWrong(string arguments, string mentioned)
    {
        CliResult result = await CliProcess.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(mentioned, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigShow_SwitchFromAFileThatIsNeitherTrueNorFalse_SaysSoAndWhereItComesFrom()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """{ "populate": { "replace": "no" } }""");
            CliResult result = await CliProcess.RunAsync("config", "show", "--config", file);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("--replace: 'no' is neither true nor false. (--replace comes from", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("populate --help")]
    [InlineData("migrate --help")]
    [InlineData("archive generate --help")]
    [InlineData("ledger generate --help")]
    [InlineData("demo --help")]
    public async Task Run_Help_ExitsWith0(string arguments)
    {
        CliResult result = await CliProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Populate_DatabaseThatIsNotThere_ExitsWith4WithoutThePassword()
    {
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", ".", "--database", "postgres://loader:hush-hush@127.0.0.1:1/wallet");
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("hush-hush", result.All, StringComparison.Ordinal);
    }
}
