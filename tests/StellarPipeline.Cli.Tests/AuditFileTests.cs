using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

public sealed class AuditFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-audit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_AuditFileOnAFullDisk_EndsAtOnceWithTwoAndNamesTheFile()
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full.");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 20, Trustlines = 20 });

        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--audit", "/dev/full");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("The audit file /dev/full could not be written", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Attempt", result.All, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
    }
}
