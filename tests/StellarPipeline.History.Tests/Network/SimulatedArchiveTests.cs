using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Generator.Network;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.History.Tests.Network;

/// <summary>The archives of a simulated network are proved like any other, hold its entries, and anchor its ledgers.</summary>
public sealed class SimulatedArchiveTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-network-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(30)]
    public async Task WriteCheckpoint_BothEndsOfALedgerRange_AreProvedAndAnchorIt(int seed)
    {
        SimulatedNetwork network = SimulatedNetworks.Create(seed);
        string store = Path.Combine(folder, "ledgers");
        await AssertArchiveAsync(network, "a");
        uint first = network.Ledger + 1;
        byte[] hashBefore = network.HeaderHash.ToArray();
        LedgerDataStore.Write(
            store, network.Passphrase, [.. network.AdvanceToCheckpoint(), .. network.AdvanceToCheckpoint()], ledgersPerObject: 4);
        await AssertArchiveAsync(network, "b");

        await using ILedgerSource source = await LedgerSources.OpenAsync([store]);
        LedgerAnchor anchor = await LedgerAnchor.ReadAsync(
            ArchiveTransport.Create(Path.Combine(folder, "b")), new HistoryArchiveOptions { Schedule = new CheckpointSchedule(8) }, first,
            network.Ledger);
        LedgerProver prover = new(StellarNetwork.Parse(network.Passphrase).Id, [anchor]);
        LedgerProof proof = (await prover.ProveAsync(source, new LedgerRange(first, network.Ledger)))!;
        Assert.True(proof.IsAnchored);
        Assert.Equal(new Hash256(hashBefore), proof.PreviousHash);
    }

    private async Task AssertArchiveAsync(SimulatedNetwork network, string name)
    {
        WrittenArchive written = network.WriteCheckpoint(Path.Combine(folder, name));
        var archive = HistoryArchive.Open(
            Path.Combine(folder, name), new HistoryArchiveOptions { Schedule = new CheckpointSchedule(8) });
        Assert.Equal(network.Ledger, await archive.LatestCheckpointAsync());
        CheckpointProof proof = await archive.OpenCheckpointAsync(network.Ledger);
        Assert.Equal(new Hash256(network.HeaderHash.Span), proof.Header.Hash);
        Assert.Equal(network.HeaderHash.ToArray(), written.HeaderHash);
        List<string> entries = [];
        await CheckpointEntrySource.Create(archive, proof).ReadAsync(
            (chunk, _) =>
            {
                using (chunk)
                    foreach (EntryRecord record in chunk) entries.Add(Convert.ToHexString(record.LedgerEntry));
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);
        Assert.Equal(
            network.LiveEntries().Select(static entry => Convert.ToHexString(entry.Span)).Order(StringComparer.Ordinal),
            entries.Order(StringComparer.Ordinal));
        Assert.True(written.Buckets.Count(static bucket => !bucket.File.IsEmpty && !bucket.HotArchive) >= 3);
    }
}
