using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Network;
using StellarPipeline.History.Tests.Generated;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.History.Tests.Network;

/// <summary>A simulated network tells everything: a checkpoint and the ledgers after it give the next checkpoint.</summary>
public sealed class SimulatedNetworkTests
{
    private const int SeedsPerCase = 40;
    private const int Cases = 4;
    private const int Checkpoints = 3;

    public static TheoryData<int> Parts => [.. Enumerable.Range(0, Cases)];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Advance_ChangesFoldedOverACheckpoint_GiveTheNextCheckpointByteForByte(int part)
    {
        int evicted = 0, archived = 0;
        Dictionary<ChangeKind, int> changes = Enum.GetValues<ChangeKind>().ToDictionary(static kind => kind, static _ => 0);
        for (int seed = part * SeedsPerCase; seed < (part + 1) * SeedsPerCase; seed++)
        {
            SimulatedNetwork network = SimulatedNetworks.Create(seed);
            for (int checkpoint = 0; checkpoint < Checkpoints; checkpoint++)
            {
                ChangeFold fold = new(Bytes(network.LiveEntries()), Bytes(network.ArchivedEntries()));
                foreach (GeneratedLedger ledger in network.AdvanceToCheckpoint())
                    fold.Apply(CloseMeta.Decode(ledger.CloseMeta.ToArray()), $"seed {seed}");
                fold.AssertIs(Bytes(network.LiveEntries()), Bytes(network.ArchivedEntries()), $"seed {seed}, ledger {network.Ledger}");
                evicted += fold.Evicted;
                foreach ((ChangeKind kind, int count) in fold.Changes) changes[kind] += count;
            }

            archived += network.ArchivedEntries().Count;
        }

        Assert.NotEqual(0, evicted);
        Assert.NotEqual(0, archived);
        Assert.All(changes, static kind => Assert.NotEqual(0, kind.Value));
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Advance_EveryLedger_IsProvedChainedAndProjected(int part)
    {
        PagePool pool = new();
        using LedgerVerifier verifier = new();
        for (int seed = part * SeedsPerCase; seed < (part + 1) * SeedsPerCase; seed++)
        {
            SimulatedNetwork network = SimulatedNetworks.Create(seed);
            var name = StellarNetwork.Parse(network.Passphrase);
            var first = LedgerAnchor.Trusted(network.Ledger, new Hash256(network.HeaderHash.Span));
            IReadOnlyList<GeneratedLedger> ledgers = network.Advance(12);
            LedgerChain chain = new([LedgerAnchor.Trusted(network.Ledger, new Hash256(network.HeaderHash.Span))]);
            LedgerReader reader = new(name.Id);
            using HistoryProjection projection = new(name, pool);
            foreach (GeneratedLedger ledger in ledgers)
            {
                LedgerView view = reader.Read(ledger.CloseMeta.Span);
                verifier.Verify(view);
                chain.Append(view);
                ProjectedRows.Of(projection, ledger.CloseMeta.Span);
            }

            Assert.Equal(first.Hash, chain.PreviousHash);
            Assert.Equal(first.Ledger + 1, chain.First);
            Assert.True(chain.ToProof().IsAnchored);
            Assert.Equal((0, ledgers.Count), (chain.OddityCount, projection.Counts.Ledgers));
        }
    }

    [Fact]
    public void Advance_AllSeeds_ShowsEverythingThatALedgerCanDo()
    {
        HashSet<string> seen = [];
        ulong before = 0;
        for (int seed = 0; seed < Cases * SeedsPerCase; seed++)
        {
            SimulatedNetwork network = SimulatedNetworks.Create(seed);
            foreach (GeneratedLedger ledger in network.Advance(16))
            {
                var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
                ulong time = meta.Header.Header.Value.CloseTime;
                seen.Add(ledger.Transactions == 0 ? "no transactions" : "transactions");
                seen.Add(time == before ? "same second" : "later");
                before = time;
                if (meta.UpgradeChanges.Count > 0) seen.Add("upgrade");
                foreach (RawChange change in meta.UpgradeChanges.SelectMany(static upgrade => upgrade))
                    seen.Add($"upgrade: {change.Kind} {TypeOf(change)}");
                seen.UnionWith(ChangeFold.Of(meta).GroupBy(KeyOf).SelectMany(Meetings));
                foreach (LedgerKey key in meta.EvictedKeys)
                    seen.Add($"evicted {key.Type}{(key.Type == 6 ? key.Xdr[^1] == 1 ? " persistent" : " temporary" : "")}");
                foreach (AppliedTransaction applied in meta.Transactions)
                {
                    seen.Add(applied.Result.Successful ? "success" : "failure");
                    if (applied.PostApplyFeeChanges.Count > 0) seen.Add("refund after all transactions");
                    if (applied.Meta.ChangesAfter.Count > 0) seen.Add("refund after the transaction");
                    foreach (RawChange change in applied.Meta.Operations.SelectMany(static operation => operation.Changes))
                        seen.Add($"{change.Kind} {TypeOf(change)}");
                }
            }
        }

        string[] expected =
        [
            "no transactions", "transactions", "same second", "later", "success", "failure",
            "upgrade", "upgrade: Created 8", "upgrade: Updated 8", "upgrade: Updated 0", "upgrade: Updated 1", "upgrade: Removed 2",
            "removed and created 0", "removed and created 1", "removed and created 6",
            "created and removed 0", "created and removed 1", "created and removed 2", "created and removed 4", "created and removed 6",
            "restored and updated 6", "restored and removed 6", "restored and removed 9",
            "refund after all transactions", "refund after the transaction",
            "evicted 6 persistent", "evicted 6 temporary", "evicted 7", "evicted 9", "Restored 6", "Restored 7", "Restored 9",
            .. Enumerable.Range(0, 6).SelectMany(static type => (string[])[$"Created {type}", $"Updated {type}", $"Removed {type}"]),
            "Created 6", "Updated 6", "Removed 6", "Created 7", "Created 9", "Updated 9", "Removed 9",
        ];
        string[] missing = [.. expected.Except(seen)];
        Assert.True(missing.Length == 0, $"never seen: {string.Join(", ", missing)}");
    }

    [Fact]
    public void Create_EqualSeedsAndOptions_GiveEqualBytes()
    {
        (byte[] Hash, byte[][] Ledgers) Make(int seed, NetworkOptions options)
        {
            var network = SimulatedNetwork.Create((ulong)seed, options);
            byte[][] ledgers = [.. network.Advance(5).Select(static ledger => ledger.CloseMeta.ToArray())];
            return (network.HeaderHash.ToArray(), ledgers);
        }

        (byte[] hash, byte[][] ledgers) = Make(4, SimulatedNetworks.Options(4));
        (byte[] again, byte[][] ledgersAgain) = Make(4, SimulatedNetworks.Options(4));
        Assert.Equal(hash, again);
        Assert.Equal(ledgers, ledgersAgain);
        Assert.NotEqual(hash, Make(5, SimulatedNetworks.Options(4)).Hash);
    }

    [Fact]
    public void WriteCheckpoint_BetweenCheckpoints_SaysHowFarItIs()
    {
        SimulatedNetwork network = SimulatedNetworks.Create(1);
        network.Advance(3);
        GeneratorException error = Assert.Throws<GeneratorException>(() => network.WriteCheckpoint(Path.GetTempPath()));
        Assert.Contains("Advance it by 5 more ledgers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_OptionsThatCannotBe_NamesAll()
    {
        NetworkOptions options = new()
        {
            Ledgers = new LedgerGeneratorOptions { Protocol = 11 },
            FirstCheckpoint = 64,
            EmptyLedgersPerThousand = 1001,
        };
        GeneratorException error = Assert.Throws<GeneratorException>(() => SimulatedNetwork.Create(1, options));
        Assert.Contains("3 problems", error.Message, StringComparison.Ordinal);
        Assert.Contains("FirstCheckpoint is 64", error.Message, StringComparison.Ordinal);
    }

    private static int TypeOf(RawChange change) => change.Entry?.Type ?? change.Key!.Type;

    private static string KeyOf(RawChange change) => Convert.ToHexString(change.Entry?.KeyXdr ?? change.Key!.Xdr);

    /// <summary>What happens to one entry in one ledger more than once.</summary>
    private static IEnumerable<string> Meetings(IEnumerable<RawChange> changes)
    {
        RawChange[] all = [.. changes.Where(static change => change.Kind != ChangeKind.State)];
        for (int index = 1; index < all.Length; index++)
        {
            foreach (RawChange before in all.Take(index))
                yield return $"{before.Kind} and {all[index].Kind} {TypeOf(all[index])}".ToLowerInvariant();
        }
    }

    private static IEnumerable<byte[]> Bytes(IReadOnlyList<ReadOnlyMemory<byte>> entries) =>
        entries.Select(static entry => entry.ToArray());
}
