using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Network;

/// <summary>Closes ledgers as a real network does: with close times, upgrades, and bucket lists whose hashes are in the headers.</summary>
internal sealed class NetworkCustoms(NetworkOptions options) : LedgerCustoms
{
    private const int MostMillisecondsApart = 6_000;
    private const int Recreations = 500;
    private const int SecondWrites = 500;

    private readonly StateJournal journal = new();
    private readonly Queue<byte[]> headers = [];
    private ulong milliseconds;

    /// <summary>Live entries.</summary>
    public SimulatedBucketList Live { get; } = new(isHotArchive: false);

    /// <summary>Archived entries (protocol 23 and later).</summary>
    public SimulatedBucketList HotArchive { get; } = new(isHotArchive: true);

    /// <summary>The protocol of the last header.</summary>
    public uint Protocol { get; private set; }

    /// <summary>Base reserve of the last header, stroops.</summary>
    public long BaseReserve { get; private set; }

    /// <summary>The bucket list hash in the last header, 32 bytes.</summary>
    public byte[] Commitment { get; private set; } = new byte[32];

    /// <summary>The hash of the last header, 32 bytes.</summary>
    public byte[] HeaderHash { get; private set; } = new byte[32];

    /// <summary>The last headers as in the ledger file of a checkpoint: hash, header, extension 0.</summary>
    public IReadOnlyList<byte[]> Headers => [.. headers];

    public override IReadOnlyList<Func<OperationScope, OperationOutcome?>> FurtherCalls { get; } =
    [
        TokenOperations.Transfer, TokenOperations.Mint, TokenOperations.Burn, StorageOperations.Toggle, StorageOperations.Toggle,
    ];

    public override bool EvictsContracts => options.EvictsContracts;

    public override int RecreationsPerThousand => Recreations;

    public override bool WritesSourceTwice(Dice dice) => dice.Chance(SecondWrites);

    public override void Begin(LedgerWorld world, LedgerRules rules, Dice dice)
    {
        Protocol = rules.Protocol;
        NetworkUpgrades.Settings(world, rules.Protocol);
        Live.Begin(SimulatedBucket.Fresh(rules.Protocol, false, world.Live.Select(static entry => Item(entry, BucketRecord.Live))));
        HotArchive.Begin(SimulatedBucket.Fresh(
            rules.Protocol, true, world.Archived.Select(static entry => Item(entry, BucketRecord.HotArchived))));
        world.Journal = journal;
    }

    public override ulong CloseTime(LedgerGeneratorOptions ledgers, int ledgersBefore, uint protocolBefore, Dice dice)
    {
        ulong before = milliseconds;
        if (ledgersBefore == 0) before = (ledgers.FirstCloseTime * 1000) - 1;
        // Before milliseconds exist, each ledger closes in a later second.
        bool countsMilliseconds = protocolBefore >= StellarProtocols.Milliseconds;
        bool isSameSecond = countsMilliseconds && before % 1000 < 999 && dice.Chance(options.SameSecondPerThousand);
        milliseconds = isSameSecond
            ? before + 1 + (ulong)dice.Below((int)(999 - (before % 1000)))
            : (((before / 1000) + 1) * 1000) + (ulong)dice.Below(MostMillisecondsApart);
        return milliseconds / 1000;
    }

    public override ulong Milliseconds(ulong closeTime, Dice dice) => milliseconds;

    public override int Transactions(LedgerGeneratorOptions ledgers, Dice dice) =>
        dice.Chance(options.EmptyLedgersPerThousand) ? 0 : ledgers.Transactions;

    public override void Upgrade(LedgerWorld world, LedgerRules rules, Dice dice, ulong closeTime, List<LedgerUpgrade> upgrades)
    {
        // An upgrade to a protocol also creates or changes its settings.
        if (rules.Protocol != Protocol && upgrades.Count > 0)
            upgrades[0] = upgrades[0] with { Changes = NetworkUpgrades.Settings(world, rules.Protocol) };
        if (dice.Chance(options.UpgradesPerThousand)) upgrades.Add(NetworkUpgrades.BaseReserve(world, rules, dice, closeTime));
        if (rules.HasSoroban && dice.Chance(options.UpgradesPerThousand)) upgrades.Add(NetworkUpgrades.Setting(world, dice));
    }

    public override byte[] BucketListHash(LedgerWorld world, uint protocol, Dice dice)
    {
        Live.Add(
            world.Ledger, SimulatedBucket.Fresh(protocol, false, journal.Live.Select(change => Item(world, change)).OfType<BucketItem>()));
        if (protocol >= StellarProtocols.HotArchive)
            HotArchive.Add(world.Ledger, SimulatedBucket.Fresh(protocol, true, journal.Archive.Select(key => ArchiveItem(world, key))));
        journal.Clear();
        Protocol = protocol;
        BaseReserve = world.BaseReserve;
        return Commitment = Writing.BucketListHash.OfHeader(protocol, Live.Hash, HotArchive.Hash);
    }

    public override void Closed(byte[] header, byte[] hash)
    {
        HeaderHash = hash;
        headers.Enqueue([.. hash, .. header, 0, 0, 0, 0]);
        while (headers.Count > options.CheckpointFrequency) headers.Dequeue();
    }

    private static BucketItem Item(EntryState entry, Func<ReadOnlyMemory<byte>, BucketRecord> arm) =>
        new(Convert.FromHexString(entry.Key), arm(entry.Entry()));

    private static BucketItem? Item(LedgerWorld world, KeyValuePair<string, EntryState?> change)
    {
        byte[] key = Convert.FromHexString(change.Key);
        EntryState? after = world.Find(change.Key);
        if (ReferenceEquals(after, change.Value)) return null;
        if (after is null) return new(key, BucketRecord.Dead(key));
        return Item(after, change.Value is null ? BucketRecord.Init : BucketRecord.Live);
    }

    private static BucketItem ArchiveItem(LedgerWorld world, string key) => world.FindArchived(key) is { } entry
        ? Item(entry, BucketRecord.HotArchived)
        : new(Convert.FromHexString(key), BucketRecord.HotRestored(Convert.FromHexString(key)));
}
