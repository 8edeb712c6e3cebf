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
            ChangeFold fold = new(generator.LiveEntries(), generator.ArchivedEntries());
            for (int number = 0; number < LedgersPerSeed; number++)
                fold.Apply(CloseMeta.Decode(generator.Next().CloseMeta.ToArray()), $"seed {seed}");
            fold.AssertIs(generator.LiveEntries(), generator.ArchivedEntries(), $"seed {seed}");
            evicted += fold.Evicted;
            restored += fold.Changes[ChangeKind.Restored];
        }

        Assert.NotEqual(0, evicted);
        Assert.NotEqual(0, restored);
    }

    [Fact]
    public void LiveEntries_AfterManyLedgers_ReservesAndSharesAddUp()
    {
        for (int seed = 13; seed <= 60; seed++)
        {
            LedgerGenerator generator =
                new(GeneratedLedgers.Options(seed) with { Protocol = 23, UpgradeAfter = 0, OddFeesPerThousand = 0 });
            foreach (GeneratedLedger ledger in generator.Take(6)) Assert.NotEqual(0, ledger.CloseMeta.Length);
            List<LedgerEntry> entries = [.. generator.LiveEntries().Select(static bytes => LedgerEntry.Read(new XdrIn(bytes)))];
            HashSet<string> keys = [.. entries.Select(static entry => Convert.ToHexString(entry.KeyXdr))];
            Assert.Equal(entries.Count, keys.Count);

            // Every trustline and data entry has its account, every contract entry its time to live.
            HashSet<string> accounts =
                [.. entries.Select(static entry => entry.Body).OfType<AccountEntry>().Select(static account => account.Id)];
            Assert.All(
                entries.Select(static entry => entry.Body).OfType<TrustlineEntry>(), line => Assert.Contains(line.Account, accounts));
            Assert.All(entries.Select(static entry => entry.Body).OfType<DataEntry>(), data => Assert.Contains(data.Account, accounts));
            Assert.All(entries.Select(static entry => entry.Body).OfType<AccountEntry>(), account => Assert.True(account.Balance >= 0));
            Assert.Equal(entries.Count(static entry => entry.Type is 6 or 7), entries.Count(static entry => entry.Type == 9));
        }
    }
}
