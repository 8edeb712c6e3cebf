using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Entries.Settings;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Archive.Tests.Generator;

/// <summary>
/// What is generated of each protocol is what a network of that protocol could have written, and our own reader takes it.
/// </summary>
public sealed class GeneratedProtocolTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<uint> Protocols =>
        new(Enumerable.Range((int)GeneratorOptions.OldestProtocol, (int)(StellarProtocols.Newest - GeneratorOptions.OldestProtocol + 1))
            .Select(number => (uint)number));

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task GenerateAsync_EveryProtocol_IsProvedAndHoldsWhatTheProtocolHas(uint protocol)
    {
        GeneratorOptions options = GeneratorOptions.OfEntries(4_000) with { Protocol = protocol, ContractStorage = 300, Seed = protocol };
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(folder.Path, options);
        var archive = HistoryArchive.Open(folder.Path);

        CheckpointProof proof = await archive.OpenCheckpointAsync(options.CheckpointLedger);
        List<ReadEntry> entries = await EntryReading.ReadAllAsync(CheckpointEntrySource.Create(archive, proof));

        Assert.Equal(protocol, proof.ProtocolVersion);
        Assert.Equal(generated.LiveEntryCount, entries.Count);
        var facts = new EntryFacts();
        foreach (ReadEntry entry in entries)
            facts.Add(entry.LedgerEntry);
        Assert.Empty(facts.Impossible);
        Assert.Equal(protocol >= 14, facts.Types.Contains(LedgerEntryType.ClaimableBalance));
        Assert.Equal(protocol >= 18, facts.Types.Contains(LedgerEntryType.LiquidityPool));
        Assert.Equal(protocol >= 20, facts.Types.Contains(LedgerEntryType.ContractData));
        Assert.Equal(protocol >= 20, facts.Types.Contains(LedgerEntryType.Ttl));
        Assert.Equal(protocol >= 14, facts.HasSponsors);
        Assert.Equal(protocol >= 10, facts.HasLiabilities);
        Assert.Equal(protocol >= 28, facts.HasExternalExecutable);
        Assert.Equal(protocol >= 30, facts.MuxedContracts > 10);
        Assert.Equal(protocol switch { < 20 => 0, 20 => 23, 21 => 45, < 26 => 70, < 30 => 86, _ => 95 }, facts.CostParameters);
        Assert.Equal(protocol >= 11, generated.Records[RecordArm.Meta] > 0);
        Assert.Equal(protocol >= 11, generated.Records[RecordArm.Init] > 0);
        Assert.Equal(protocol >= 23 ? 2 : 1, proof.State.Version);
        AssertHeaders(generated, protocol);
    }

    [Fact]
    public void WithinProtocol_CountsThatTheProtocolLacks_AreZero()
    {
        GeneratorOptions options = new GeneratorOptions { Protocol = 13 }.WithinProtocol();

        Assert.Equal((0, 0, 0, 0), (options.ClaimableBalances, options.LiquidityPools, options.PoolShareTrustlines, options.Contracts));
        Assert.Equal((0, 0, 0, 0, 0),
            (options.ContractStorage, options.ContractCodes, options.SacContracts, options.SacBalances, options.ConfigSettings));
        Assert.Equal(1_000, options.Accounts);
        var newest = new GeneratorOptions { Protocol = 30 };
        Assert.Equal(newest, newest.WithinProtocol());
    }

    private static void AssertHeaders(GeneratedArchive generated, uint protocol)
    {
        var protocols = new List<uint>();
        var arms = new List<StellarValueForm>();
        var seconds = new List<ulong>();
        int upgrade = -1;
        foreach (byte[] record in RecordFraming.Split(GzipFiles.Read(generated.Archive.LedgerPath)))
        {
            LedgerHeaderView header = LedgerHeaderEntryView.Parse(record).Header;
            foreach (ReadOnlySpan<byte> bytes in header.Value.Upgrades)
            {
                Assert.Equal([0, 0, 0, 1, 0, 0, 0, (byte)protocol], bytes.ToArray());
                upgrade = protocols.Count;
            }

            protocols.Add(header.ProtocolVersion);
            arms.Add(header.Value.Form);
            seconds.Add(header.Value.CloseTimeSeconds);
        }

        Assert.InRange(upgrade, 1, protocols.Count - 2);
        Assert.All(protocols[..upgrade], number => Assert.Equal(protocol - 1, number));
        Assert.All(protocols[upgrade..], number => Assert.Equal(protocol, number));
        StellarValueForm[] expected = protocol switch
        {
            < 14 => [StellarValueForm.Basic],
            14 => [StellarValueForm.Basic, StellarValueForm.Signed],
            < 28 => [StellarValueForm.Signed],
            < 30 => [StellarValueForm.Signed, StellarValueForm.EmptyTransactionSet],
            _ =>
                [StellarValueForm.Signed, StellarValueForm.EmptyTransactionSet, StellarValueForm.SignedMilliseconds,
                    StellarValueForm.EmptyTransactionSetMilliseconds],
        };
        Assert.Equal(expected, arms.Distinct().Order());
        Assert.Equal(protocol >= 30, seconds.Distinct().Count() < seconds.Count);
    }

    /// <summary>
    /// Looks for what no network holds, by stellar-core's own invariants (src/invariant/LedgerEntryIsValid.cpp) and the rules of the
    /// contract host.
    /// </summary>
    private sealed class EntryFacts
    {
        public List<string> Impossible { get; } = [];

        public HashSet<LedgerEntryType> Types { get; } = [];

        public bool HasSponsors { get; private set; }

        public bool HasLiabilities { get; private set; }

        public bool HasExternalExecutable { get; private set; }

        public int MuxedContracts { get; private set; }

        public int CostParameters { get; private set; }

        public void Add(byte[] bytes)
        {
            var entry = LedgerEntryView.Parse(bytes);
            Types.Add(entry.Type);
            HasSponsors |= entry.HasSponsor;
            switch (entry.Type)
            {
                case LedgerEntryType.Account:
                    AccountEntryView account = entry.AsAccount();
                    HasLiabilities |= account.BuyingLiabilities > 0;
                    Refuse((account.Flags & 8) != 0 && (account.Flags & 2) == 0, "clawback without the right to revoke");
                    Refuse(account.Flags > 15, "unknown account flags");
                    break;
                case LedgerEntryType.ClaimableBalance:
                    ClaimableBalanceEntryView balance = entry.AsClaimableBalance();
                    var claimants = new HashSet<string>();
                    foreach (ClaimantView claimant in balance.Claimants)
                        Refuse(!claimants.Add(Convert.ToHexString(claimant.Destination)), "a claimant twice");
                    Refuse(balance.Flags != 0 && balance.Asset.Type == AssetType.Native, "clawback of the native asset");
                    break;
                case LedgerEntryType.ContractData:
                    ContractDataEntryView data = entry.AsContractData();
                    Refuse(data.Key.Type == ScValType.LedgerKeyContractInstance && data.Value.Type != ScValType.ContractInstance,
                        "an instance key without an instance");
                    Visit(data.Key);
                    Visit(data.Value);
                    break;
                case LedgerEntryType.ConfigSetting when entry.AsConfigSetting().Id == ConfigSettingId.ContractCostParametersCpu:
                    CostParameters = entry.AsConfigSetting().AsCostParameters().Count;
                    break;
            }
        }

        private void Visit(ScValView value)
        {
            switch (value.Type)
            {
                case ScValType.Vec:
                    Refuse(!value.IsPresent, "an absent list");
                    foreach (ScValView element in value.Elements)
                        Visit(element);
                    break;
                case ScValType.Map:
                    Refuse(!value.IsPresent, "an absent map");
                    foreach (ScMapEntryView pair in value.Entries)
                        Visit(pair.Value);
                    break;
                case ScValType.Address:
                    MuxedContracts += value.AsAddress().Type == ScAddressType.MuxedContract ? 1 : 0;
                    break;
                case ScValType.ContractInstance:
                    HasExternalExecutable |= value.AsInstance().ExecutableType == ContractExecutableType.ExternalReference;
                    foreach (ScMapEntryView pair in value.AsInstance().Storage)
                        Visit(pair.Value);
                    break;
            }
        }

        private void Refuse(bool isImpossible, string what)
        {
            if (isImpossible)
                Impossible.Add(what);
        }
    }
}
