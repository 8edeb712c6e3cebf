using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Network;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>The first ledger that follows a checkpoint has to name the checkpoint's hash.</summary>
public sealed class CheckpointLinkTests : IDisposable
{
    private const int Seed = 7;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-link-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task RunAsync_LedgersOfAnotherForkBehindACheckpoint_AreRefusedAtTheFirst()
    {
        await using LiveBench bench = await LiveBench.CreateAsync();
        SimulatedNetwork network = SimulatedNetworks.Create(Seed);
        uint checkpoint = network.Ledger;
        await PopulateAsync(bench, network);
        List<string> before = await bench.DumpAsync();
        // The same numbers and the same passphrase, another past.
        var fork = SimulatedNetwork.Create(Seed + 1, SimulatedNetworks.Options(Seed));
        Assert.Equal((network.Passphrase, checkpoint), (fork.Passphrase, fork.Ledger));
        List<byte[]> others = [.. fork.Advance(3).Select(static ledger => ledger.CloseMeta.ToArray())];
        var named = StellarNetwork.Parse(network.Passphrase);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => bench.RunAsync(LiveBench.Source(others), named));

        Assert.Contains($"{checkpoint + 1}", error.Message, StringComparison.Ordinal);
        Assert.Contains("the last ledger in the database", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await bench.DumpAsync());
        List<byte[]> own = [.. network.Advance(3).Select(static ledger => ledger.CloseMeta.ToArray())];
        LiveReport report = await bench.RunAsync(LiveBench.Source(own), named);
        Assert.Equal((checkpoint + 1, 3L), (report.First!.Value, report.Ledgers));
    }

    private async Task PopulateAsync(LiveBench bench, SimulatedNetwork network)
    {
        network.WriteCheckpoint(folder);
        var archive = HistoryArchive.Open(
            folder, new HistoryArchiveOptions { Schedule = new CheckpointSchedule(SimulatedNetworks.CheckpointFrequency) });
        await new CheckpointPopulation(archive, bench.Database.DataSource,
            new PopulateOptions { CheckpointFrequency = SimulatedNetworks.CheckpointFrequency }, NullLoggerFactory.Instance).RunAsync();
    }
}
