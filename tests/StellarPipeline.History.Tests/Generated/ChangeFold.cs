using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>
/// State by the plainest rule: a dictionary from key to entry in which every change of a ledger is put where it says, and evicted keys are
/// removed. A change that does not fit the state before it fails the test.
/// </summary>
internal sealed class ChangeFold
{
    private const int ContractData = 6;
    private const int ContractCode = 7;

    private readonly Dictionary<string, string> live;
    private readonly Dictionary<string, string> archived;

    public ChangeFold(IEnumerable<byte[]> live, IEnumerable<byte[]> archived)
    {
        this.live = ByKey(live);
        this.archived = ByKey(archived);
    }

    /// <summary>Evicted keys so far.</summary>
    public int Evicted { get; private set; }

    /// <summary>Changes so far by kind.</summary>
    public Dictionary<ChangeKind, int> Changes { get; } = Enum.GetValues<ChangeKind>().ToDictionary(static kind => kind, static _ => 0);

    /// <summary>All changes of a ledger in the order of their application.</summary>
    public static IEnumerable<RawChange> Of(CloseMeta meta) =>
    [
        .. meta.Transactions.SelectMany(static applied => applied.FeeChanges),
        .. meta.Transactions.SelectMany(static applied => applied.Meta.ChangesBefore
            .Concat(Succeeded(applied) ? applied.Meta.Operations.SelectMany(static operation => operation.Changes) : [])
            .Concat(applied.Meta.ChangesAfter)),
        .. meta.Transactions.SelectMany(static applied => applied.PostApplyFeeChanges),
        .. meta.UpgradeChanges.SelectMany(static changes => changes),
    ];

    /// <summary>Applies a ledger: fees, transactions, refunds, upgrades, evictions.</summary>
    public void Apply(CloseMeta meta, string about)
    {
        string place = $"{about}, ledger {meta.Header.Header.Sequence}";
        foreach (RawChange change in Of(meta)) Apply(change, place);
        foreach (LedgerKey key in meta.EvictedKeys)
        {
            string hex = Convert.ToHexString(key.Xdr);
            Assert.True(this.live.Remove(hex, out string? entry), $"{place}: an entry is evicted that is not there");
            bool isPersistent = key.Type == ContractCode || (key.Type == ContractData && key.Xdr[^1] == 1);
            if (isPersistent) Assert.True(this.archived.TryAdd(hex, entry!), $"{place}: an entry is evicted that is archived");
            Evicted++;
        }
    }

    /// <summary>Compares with what there should be, byte for byte.</summary>
    public void AssertIs(IEnumerable<byte[]> live, IEnumerable<byte[]> archived, string about)
    {
        AssertEqual(ByKey(live), this.live, $"{about}, live");
        AssertEqual(ByKey(archived), this.archived, $"{about}, archived");
    }

    // An internal error of the early protocols left metadata of operations that were taken back.
    private static bool Succeeded(AppliedTransaction applied) => applied.Result.Code != -11;

    private static Dictionary<string, string> ByKey(IEnumerable<byte[]> entries) => entries.ToDictionary(
        static bytes => Convert.ToHexString(LedgerEntry.Read(new XdrIn(bytes)).KeyXdr), Convert.ToHexString);

    private static void AssertEqual(Dictionary<string, string> expected, Dictionary<string, string> actual, string place)
    {
        string[] wrong =
            [.. expected.Keys.Union(actual.Keys).Where(key => expected.GetValueOrDefault(key) != actual.GetValueOrDefault(key))];
        Assert.True(wrong.Length == 0, $"{place}: {wrong.Length} of {expected.Count} entries differ, such as "
            + string.Join(
                ", ", wrong.Take(3).Select(key => $"{key}: {actual.GetValueOrDefault(key)} and not {expected.GetValueOrDefault(key)}")));
    }

    private void Apply(RawChange change, string place)
    {
        Changes[change.Kind]++;
        string key = Convert.ToHexString(change.Entry?.KeyXdr ?? change.Key!.Xdr);
        string? entry = change.Entry is null ? null : Convert.ToHexString(change.Entry.Xdr);
        switch (change.Kind)
        {
            case ChangeKind.State:
                Assert.True(this.live.GetValueOrDefault(key) == entry, $"{place}: a before-image is not the state");
                break;
            case ChangeKind.Created:
                Assert.True(this.live.TryAdd(key, entry!), $"{place}: an entry is created that is there");
                Assert.False(this.archived.ContainsKey(key), $"{place}: an entry is created that is archived");
                break;
            case ChangeKind.Removed:
                Assert.True(this.live.Remove(key), $"{place}: an entry is removed that is not there");
                break;
            case ChangeKind.Updated:
                Assert.True(this.live.ContainsKey(key), $"{place}: an entry is updated that is not there");
                this.live[key] = entry!;
                break;
            default:
                this.archived.Remove(key);
                this.live[key] = entry!;
                break;
        }
    }
}
