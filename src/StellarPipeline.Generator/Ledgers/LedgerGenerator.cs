using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>
/// Makes a chain of ledgers of a simulated network: pseudo-random operations of every kind change a state, and the ledgers contain the
/// changes.
/// </summary>
/// <remarks>
/// <see cref="LedgerWorld"/> has the state, an operation changes a layer above it, and the layer's differences become the metadata. Hashes
/// of transactions, transaction sets, results and headers are right, and the headers form a chain; signatures and the bucket list hash are
/// invented. A ledger is made in the order in which a node closes it: first all fees are charged, then the transactions are applied, then
/// (protocol 23) refunds are paid, then expired contract entries are evicted. Not thread-safe.
/// </remarks>
public sealed class LedgerGenerator
{
    private const int BaseFee = 100;

    private readonly LedgerGeneratorOptions options;
    private readonly LedgerCustoms customs;
    private readonly Dice dice;
    private readonly LedgerWorld world;
    private byte[] previousHash;
    private uint protocol;
    private uint previousProtocol;
    private int made;

    /// <summary>Prepares the state before the first ledger.</summary>
    /// <param name="options">Describes the ledgers.</param>
    /// <exception cref="GeneratorException">An option is out of its range.</exception>
    public LedgerGenerator(LedgerGeneratorOptions options)
        : this(options, LedgerCustoms.Plain)
    {
    }

    /// <summary>Prepares the state of a simulated network, which has its own customs.</summary>
    internal LedgerGenerator(LedgerGeneratorOptions options, LedgerCustoms customs)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        this.options = options;
        this.customs = customs;
        dice = new Dice(options.Seed);
        world = Genesis.Make(options, customs, dice);
        previousHash = dice.Bytes(32);
        protocol = previousProtocol = options.Protocol;
        customs.Begin(world, new LedgerRules(protocol), dice);
    }

    /// <summary>The live entries after the last ledger, as in a checkpoint of it.</summary>
    /// <returns>Encoded LedgerEntry values, in no order.</returns>
    public IEnumerable<byte[]> LiveEntries() => world.Live.Select(static entry => entry.Entry());

    /// <summary>The archived entries after the last ledger (protocol 23 and later).</summary>
    /// <returns>Encoded LedgerEntry values, in no order.</returns>
    public IEnumerable<byte[]> ArchivedEntries() => world.Archived.Select(static entry => entry.Entry());

    /// <summary>Makes the next ledgers.</summary>
    /// <param name="count">Number of ledgers.</param>
    /// <returns>The ledgers in order; each is made when it is enumerated.</returns>
    public IEnumerable<GeneratedLedger> Take(int count)
    {
        for (; count > 0; count--) yield return Next();
    }

    /// <summary>Makes the next ledger.</summary>
    /// <returns>The ledger.</returns>
    public GeneratedLedger Next()
    {
        uint sequence = this.options.FirstLedger + (uint)made;
        ulong closeTime = this.customs.CloseTime(this.options, made, previousProtocol, dice);
        LedgerRules rules = new(protocol);
        world.Ledger = sequence;
        int metaVersion = this.options.MetaVersion ?? MetaVersion(rules);
        StateLayer layer = world.Open();
        List<TransactionPlan> plans = Plan(rules, layer, metaVersion);
        foreach (TransactionPlan plan in plans) Charge(rules, layer, plan);
        TransactionMaker maker = new(this.options, rules, dice, layer, closeTime, metaVersion)
        {
            Customs = this.customs,
        };
        foreach (TransactionPlan plan in plans) maker.Apply(plan);
        if (rules.HasStateArchive)
            foreach (TransactionPlan plan in plans.Where(static plan => plan.Refund > 0)) plan.PostApplyFeeChanges = maker.PayRefund(plan);
        layer.Commit();
        (byte[] Xdr, byte[] Hash) set = TransactionSetXdr.Make(rules, previousHash, plans, dice);
        List<LedgerUpgrade> upgrades = Upgrade(closeTime);
        List<byte[]> evicted = rules.HasSoroban ? Eviction.Run(world, rules) : [];
        LedgerHeaderFields header = Header(plans, closeTime, set.Hash, upgrades);
        byte[] closeMeta = Close(rules, header, set.Xdr, plans, upgrades, evicted);
        made++;
        return new(sequence, closeMeta, plans.Count, plans.Sum(static plan => plan.Applied!.Operations));
    }

    private int MetaVersion(LedgerRules rules) => rules.Protocol switch
    {
        < 10 => dice.Chance(750) ? 2 : 4,
        < 13 => dice.Chance(400) ? 1 : dice.Chance(600) ? 2 : 4,
        < 20 => dice.Chance(700) ? 2 : 4,
        < 23 => dice.Chance(600) ? 3 : 4,
        _ => 4,
    };

    private List<TransactionPlan> Plan(LedgerRules rules, StateLayer layer, int metaVersion)
    {
        List<TransactionPlan> plans = [];
        int transactions = this.customs.Transactions(this.options, dice);
        for (int number = 0; number < transactions; number++)
        {
            bool soroban = rules.HasSoroban && metaVersion >= 3 && dice.Chance(this.options.SorobanPerThousand);
            bool bump = rules.HasFeeBumps && dice.Chance(this.options.FeeBumpsPerThousand);
            PlannedEnd end = End(rules);
            int operations =
                soroban ? 1 : end == PlannedEnd.NoResults && dice.Chance(100) ? 0 : dice.Between(1, this.options.MaxOperations);
            long charged = soroban ? BaseFee + dice.Between(1000, 200_000) : BaseFee * (Math.Max(1, operations) + (bump ? 1 : 0));
            if (Payer(layer, charged) is not { } source) continue;
            long refund = soroban && dice.Chance(800) ? dice.Between(1L, charged / 2) : 0;
            if (dice.Chance(this.options.OddFeesPerThousand)) (charged, refund) = soroban ? (charged, charged + dice.Below(2)) : (0, 0);
            plans.Add(new TransactionPlan
            {
                IsSoroban = soroban,
                Source = source,
                FeeSource = !bump ? null : dice.Chance(200) ? source : Payer(layer, charged) ?? source,
                Operations = operations,
                End = end,
                Charged = charged,
                Refund = refund,
            });
        }

        // The classic phase is applied first; each phase has its own order.
        dice.Shuffle(plans);
        return [.. plans.OrderBy(static plan => plan.IsSoroban)];
    }

    private byte[]? Payer(StateLayer layer, long fee) => layer.Pick<AccountState>(
        dice, account => account.Spendable(world.BaseReserve) > fee + OperationScope.Coin)?.Id;

    private PlannedEnd End(LedgerRules rules)
    {
        if (!dice.Chance(this.options.FailuresPerThousand)) return PlannedEnd.Success;
        if (dice.Chance(700)) return PlannedEnd.OperationFails;
        return rules.Protocol <= 12 && dice.Chance(400) ? PlannedEnd.InternalError : PlannedEnd.NoResults;
    }

    private void Charge(LedgerRules rules, StateLayer ledger, TransactionPlan plan)
    {
        StateLayer layer = ledger.Above();
        AccountState account = layer.Account(plan.FeeAccount)!;
        layer.Put(account with { Balance = account.Balance - plan.Charged });
        if (rules.Protocol < 10 && layer.Account(plan.Source) is { } source) layer.Put(source with { Sequence = source.Sequence + 1 });
        plan.FeeChanges = ChangesXdr.Of(layer);
        layer.Commit();
        world.FeePool += plan.Charged;
    }

    /// <summary>Applies upgrades after transactions and refunds; the next protocol applies from the next ledger on.</summary>
    private List<LedgerUpgrade> Upgrade(ulong closeTime)
    {
        List<LedgerUpgrade> upgrades = [];
        if (this.options.UpgradeAfter > 0 && (made + 1) % this.options.UpgradeAfter == 0 && protocol < LedgerGeneratorOptions.MaxProtocol)
            upgrades.Add(LedgerUpgrade.Version(++protocol));
        if (dice.Chance(50)) upgrades.Add(LedgerUpgrade.BaseFee(BaseFee));
        this.customs.Upgrade(world, new LedgerRules(protocol), dice, closeTime, upgrades);
        return upgrades;
    }

    private LedgerHeaderFields Header(List<TransactionPlan> plans, ulong closeTime, byte[] setHash, List<LedgerUpgrade> upgrades) => new()
    {
        LedgerVersion = protocol,
        PreviousLedgerHash = previousHash,
        PreviousLedgerVersion = previousProtocol,
        TransactionSetHash = setHash,
        CloseTime = closeTime,
        CloseTimeMilliseconds = this.customs.Milliseconds(closeTime, dice),
        Upgrades = [.. upgrades.Select(static upgrade => upgrade.Xdr)],
        ValueExtension = ValueArm(plans.Count == 0),
        NodeId = dice.Bytes(32),
        Signature = dice.Bytes(64),
        ResultSetHash = ResultHash(plans),
        BucketListHash = this.customs.BucketListHash(world, protocol, dice),
        LedgerSequence = world.Ledger,
        FeePool = world.FeePool,
        IdPool = (ulong)world.IdPool,
        BaseReserve = (uint)world.BaseReserve,
        Flags = dice.Chance(100) ? 0u : null,
    };

    private byte[] Close(LedgerRules rules, LedgerHeaderFields header, byte[] set, List<TransactionPlan> plans,
        List<LedgerUpgrade> upgrades, List<byte[]> evicted)
    {
        using XdrWriter writer = new(512);
        header.Write(writer);
        byte[] bytes = writer.ToArray();
        previousHash = SHA256.HashData(bytes);
        previousProtocol = protocol;
        this.customs.Closed(bytes, previousHash);
        return CloseMetaXdr.Encode(rules.CloseMetaVersion, bytes, set, plans, upgrades, evicted, dice);
    }

    /// <summary>The arm of the header's StellarValue. It depends on the protocol of the previous ledger (CAP-83, CAP-88).</summary>
    private int ValueArm(bool empty) => previousProtocol switch
    {
        < 11 => 0,
        < 28 => 1,
        < 30 => empty && dice.Chance(500) ? 2 : 1,
        _ => empty && dice.Chance(500) ? 4 : 3,
    };

    private static byte[] ResultHash(List<TransactionPlan> plans)
    {
        byte[] count = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(count, plans.Count);
        return SHA256.HashData([.. count, .. plans.SelectMany(static plan => plan.Applied!.Result)]);
    }
}
