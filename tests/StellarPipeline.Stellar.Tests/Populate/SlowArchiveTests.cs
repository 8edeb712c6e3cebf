using StellarPipeline.Archive;
using StellarPipeline.Stellar.Populate;

namespace StellarPipeline.Stellar.Tests.Populate;

public sealed class SlowArchiveTests(FaultBench bench) : IClassFixture<FaultBench>
{
    [SkippableFact]
    public async Task RunAsync_ArchiveSaysNothingForLongerThanTheStallLimit_IsWaitedFor()
    {
        var limit = TimeSpan.FromSeconds(3);
        var transport = new SlowTransport(HistoryArchive.Open(bench.Archive).Transport, limit * 2);

        await bench.LoadAsync(bench.Direct, new PopulateOptions { Replace = true, StallLimit = limit }, transport: transport);

        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(bench.Database.DataSource));
    }
}
