using StellarPipeline.Generator.Ledgers;
using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>Generated metadata tells everything: a state before, with all changes of the ledgers applied, is the state after.</summary>
public sealed class SimulatedStateTests
{
    private const int Seeds = 150;
    private const int LedgersPerSeed = 4;

    [Fact]
    public void Changes_AppliedToTheStateBefore_GiveTheStateAfter()
    {
        int evicted = 0, restored = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            LedgerGenerator generator = new(GeneratedLedgers.Options(seed));
            Dictionary<string, string> state = generator.LiveEntries().ToDictionary(KeyOf, Convert.ToHexString);
            for (int number = 0; number < LedgersPerSeed; number++)
            {
                CloseMeta meta = CloseMeta.Decode(generator.Next().CloseMeta.ToArray());
                foreach (RawChange change in Changes(meta))
                {
                    if (change.Kind == ChangeKind.Restored) restored++;
                    Apply(state, change, $"seed {seed}, ledger {meta.Header.Header.Sequence}");
                }

                foreach (LedgerKey key in meta.EvictedKeys)
                {
                    Assert.True(state.Remove(Convert.ToHexString(key.Xdr)), $"seed {seed}: an entry is evicted that is not there");
                    evicted++;
                }
            }

            Dictionary<string, string> after = generator.LiveEntries().ToDictionary(KeyOf, Convert.ToHexString);
            Assert.Equal(after.OrderBy(static pair => pair.Key), state.OrderBy(static pair => pair.Key));
        }

        Assert.NotEqual(0, evicted);
        Assert.NotEqual(0, restored);
    }

    [Fact]
    public void LiveEntries_AfterManyLedgers_ReservesAndSharesAddUp()
    {
        for (int seed = 13; seed <= 60; seed++)
        {
            LedgerGenerator generator = new(GeneratedLedgers.Options(seed) with { Protocol = 23, UpgradeAfter = 0, OddFeesPerThousand = 0 });
            foreach (GeneratedLedger ledger in generator.Take(6)) Assert.NotEqual(0, ledger.CloseMeta.Length);
            List<LedgerEntry> entries = [.. generator.LiveEntries().Select(static bytes => LedgerEntry.Read(new XdrIn(bytes)))];
            HashSet<string> keys = [.. entries.Select(static entry => Convert.ToHexString(entry.KeyXdr))];
            Assert.Equal(entries.Count, keys.Count);

            // Every trustline and data entry has its account, every contract entry its time to live.
            HashSet<string> accounts = [.. entries.Select(static entry => entry.Body).OfType<AccountEntry>().Select(static account => account.Id)];
            Assert.All(entries.Select(static entry => entry.Body).OfType<TrustlineEntry>(), line => Assert.Contains(line.Account, accounts));
            Assert.All(entries.Select(static entry => entry.Body).OfType<DataEntry>(), data => Assert.Contains(data.Account, accounts));
            Assert.All(entries.Select(static entry => entry.Body).OfType<AccountEntry>(), account => Assert.True(account.Balance >= 0));
            Assert.Equal(entries.Count(static entry => entry.Type is 6 or 7), entries.Count(static entry => entry.Type == 9));
        }
    }

    private static IEnumerable<RawChange> Changes(CloseMeta meta) =>
    [
        .. meta.Transactions.SelectMany(static applied => applied.FeeChanges),
        .. meta.Transactions.SelectMany(static applied => applied.Meta.ChangesBefore
            .Concat(Succeeded(applied) ? applied.Meta.Operations.SelectMany(static operation => operation.Changes) : [])
            .Concat(applied.Meta.ChangesAfter)),
        .. meta.Transactions.SelectMany(static applied => applied.PostApplyFeeChanges),
    ];

    // An internal error of the early protocols left metadata of operations that were taken back.
    private static bool Succeeded(AppliedTransaction applied) => applied.Result.Code != -11;

    private static void Apply(Dictionary<string, string> state, RawChange change, string place)
    {
        string key = Convert.ToHexString(change.Entry?.KeyXdr ?? change.Key!.Xdr);
        switch (change.Kind)
        {
            case ChangeKind.State:
                Assert.True(state.GetValueOrDefault(key) == Convert.ToHexString(change.Entry!.Xdr), $"{place}: a before-image is not the state");
                break;
            case ChangeKind.Created:
                Assert.True(state.TryAdd(key, Convert.ToHexString(change.Entry!.Xdr)), $"{place}: an entry is created that is there");
                break;
            case ChangeKind.Removed:
                Assert.True(state.Remove(key), $"{place}: an entry is removed that is not there");
                break;
            default:
                state[key] = Convert.ToHexString(change.Entry!.Xdr);
                break;
        }
    }

    private static string KeyOf(byte[] entry) => Convert.ToHexString(LedgerEntry.Read(new XdrIn(entry)).KeyXdr);
}
