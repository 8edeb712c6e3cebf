using StellarPipeline.Generator.Network;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.TestSupport;

namespace StellarPipeline.History.Tests.Network;

/// <summary>
/// Simulated ledgers write changes as the network does: each way in which a recorded ledger changes an entry is also a simulated one.
/// </summary>
public sealed class ChangePatternTests
{
    private const int Seeds = 60;
    private const int LedgersPerSeed = 16;

    private static readonly Lazy<HashSet<string>> Simulated = new(static () => [.. Enumerable.Range(0, Seeds).SelectMany(static seed =>
    {
        SimulatedNetwork network = SimulatedNetworks.Create(seed);
        return network.Advance(LedgersPerSeed).SelectMany(static ledger => Patterns(CloseMeta.Decode(ledger.CloseMeta.ToArray())));
    })]);

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Advance_PatternsOfRecordedLedgers_AreAmongTheSimulated(string name)
    {
        Skip.If(name.StartsWith("made-", StringComparison.Ordinal), "No network wrote these ledgers.");
        Skip.If(name.StartsWith("standalone-", StringComparison.Ordinal),
            "Upgrades of a node under test make accounts, those of a network do not.");
        Skip.If(name.StartsWith("core-", StringComparison.Ordinal), "These ledgers are of protocols before the first simulated one.");
        var set = GoldenSet.Open(name);
        List<CloseMeta> ledgers = [.. set.Inputs().SelectMany(static input =>
            input.IsBatch ? CloseMeta.DecodeBatch(input.Content) : [CloseMeta.Decode(input.Content)])];

        string[] missing = [.. ledgers.SelectMany(Patterns).Distinct().Except(Simulated.Value)];

        Assert.True(missing.Length == 0, $"never simulated: {string.Join("; ", missing)}");
        Assert.NotEmpty(ledgers);
    }

    /// <summary>For each list of changes and each key in it: where it stands, the entry's type, and the kinds in their order.</summary>
    private static IEnumerable<string> Patterns(CloseMeta meta) =>
    [
        .. meta.Transactions.SelectMany(static applied => Patterns("fee", applied.FeeChanges)),
        .. meta.Transactions.SelectMany(static applied => Patterns("before", applied.Meta.ChangesBefore)),
        .. meta.Transactions.SelectMany(static applied => applied.Meta.Operations).SelectMany(
            static operation => Patterns("operation", operation.Changes)),
        .. meta.Transactions.SelectMany(static applied => Patterns("after", applied.Meta.ChangesAfter)),
        .. meta.Transactions.SelectMany(static applied => Patterns("post-apply", applied.PostApplyFeeChanges)),
        .. meta.UpgradeChanges.SelectMany(static changes => Patterns("upgrade", changes)),
    ];

    private static IEnumerable<string> Patterns(string place, List<RawChange> changes) => changes
        .GroupBy(static change => Convert.ToHexString(change.Entry?.KeyXdr ?? change.Key!.Xdr))
        .Select(
        key => $"{place} {key.First().Entry?.Type ?? key.First().Key!.Type} {string.Join(' ', key.Select(static change => change.Kind))}");
}
