using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

public sealed class SlowArchiveTests(FaultBench bench) : IClassFixture<FaultBench>
{
    [SkippableFact]
    public async Task RunAsync_ArchiveSaysNothingForLongerThanTheStallLimit_IsWaitedFor()
    {
        var limit = TimeSpan.FromSeconds(3);
        var transport = new SlowTransport(HistoryArchive.Open(bench.Archive).Transport, limit * 2);

        PopulateReport report =
            await bench.LoadAsync(bench.Direct, new PopulateOptions { Replace = true, StallLimit = limit }, transport: transport);

        // Nothing else took nearly as long.
        Assert.Equal("archive", report.Bottleneck.Stage);
        Assert.Contains("the archive bounds the load", report.Bottleneck.Sentence, StringComparison.Ordinal);
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(bench.Database.DataSource));
    }
}
