using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Network;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>Both checkpoints of a simulated network fill the wallet tables.</summary>
public sealed class SimulatedNetworkPopulationTests : IDisposable
{
    private const int TypeOffset = 4;
    private const int TrustlineAssetOffset = 8 + 36;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-network-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(3, 25u)]
    [InlineData(4, 30u)]
    [InlineData(5, 19u)]
    public async Task RunAsync_CheckpointsOfASimulatedNetwork_EveryTableHoldsItsEntries(ulong seed, uint protocol)
    {
        var network = SimulatedNetwork.Create(seed, new NetworkOptions
        {
            Ledgers = new LedgerGeneratorOptions { Protocol = protocol, Accounts = 60 },
            CheckpointFrequency = 8,
            EvictsContracts = true,
        });
        await AssertLoadsAsync(network, "a");
        network.Advance(24);
        await AssertLoadsAsync(network, "b");
    }

    private async Task AssertLoadsAsync(SimulatedNetwork network, string name)
    {
        string path = Path.Combine(folder, name);
        network.WriteCheckpoint(path);
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var archive = HistoryArchive.Open(path, new HistoryArchiveOptions { Schedule = new CheckpointSchedule(8) });
        PopulateReport report =
            await new CheckpointPopulation(archive, database.DataSource, new PopulateOptions(), NullLoggerFactory.Instance).RunAsync();

        ILookup<LedgerEntryType, ReadOnlyMemory<byte>> entries = network.LiveEntries()
            .ToLookup(static entry => (LedgerEntryType)BinaryPrimitives.ReadInt32BigEndian(entry.Span[TypeOffset..]));
        Assert.Equal(network.Ledger, report.Checkpoint.Ledger);
        Assert.Equal(network.LiveEntries().Count, report.Entries.Read);
        int shares = entries[LedgerEntryType.Trustline]
            .Count(static entry => BinaryPrimitives.ReadInt32BigEndian(entry.Span[TrustlineAssetOffset..]) == (int)AssetType.PoolShare);
        foreach ((string table, int rows) in ((string, int)[])
        [
            ("native_balances", entries[LedgerEntryType.Account].Count()),
            ("trustline_balances", entries[LedgerEntryType.Trustline].Count() - shares),
            ("liquidity_pool_balances", shares),
            ("liquidity_pools", entries[LedgerEntryType.LiquidityPool].Count()),
            ("protocol_wasms", entries[LedgerEntryType.ContractCode].Count()),
        ])
        {
            Assert.Equal((table, (long)rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
        }

        bool hasContracts = entries.Contains(LedgerEntryType.ContractData);
        Assert.Equal(hasContracts, await database.QueryAsync<long>("SELECT count(*) FROM sac_balances") > 0);
        Assert.Equal(hasContracts, await database.QueryAsync<long>("SELECT count(*) FROM contract_tokens") > 0);
    }
}
