using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>
/// Makes a chain of ledgers over a simulated network: seeded operations of every kind change a state, and the ledgers tell what changed.
/// </summary>
/// <remarks>
/// State → operations → changes: <see cref="LedgerWorld"/> holds the state, an operation works on a layer over it, and the layer's
/// differences are the metadata. Hashes of transactions, transaction sets, results and headers are true and chain; signatures and the
/// bucket list hash are made up. A ledger is made as a node closes one: first all fees are charged, then the transactions are applied, then
/// (protocol 23) refunds are paid, then expired contract entries leave.
/// </remarks>
public sealed class LedgerGenerator
{
    private const int BaseFee = 100;

    private readonly LedgerGeneratorOptions _options;
    private readonly LedgerCustoms _customs;
    private readonly Dice _dice;
    private readonly LedgerWorld _world;
    private byte[] _previousHash;
    private uint _protocol;
    private uint _previousProtocol;
    private int _made;

    /// <summary>Prepares the state before the first ledger.</summary>
    /// <param name="options">What to make.</param>
    /// <exception cref="GeneratorException">The options contradict themselves or each other.</exception>
    public LedgerGenerator(LedgerGeneratorOptions options)
        : this(options, LedgerCustoms.Plain)
    {
    }

    /// <summary>Prepares the state of a network that closes its ledgers by its own customs.</summary>
    internal LedgerGenerator(LedgerGeneratorOptions options, LedgerCustoms customs)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _options = options;
        _customs = customs;
        _dice = new Dice(options.Seed);
        _world = Genesis.Make(options, customs, _dice);
        _previousHash = _dice.Bytes(32);
        _protocol = _previousProtocol = options.Protocol;
        customs.Begin(_world, new LedgerRules(_protocol), _dice);
    }

    /// <summary>The live entries after the last ledger that was made: what a checkpoint of it would hold.</summary>
    /// <returns>Encoded LedgerEntry values, in no order.</returns>
    public IEnumerable<byte[]> LiveEntries() => _world.Live.Select(static entry => entry.Entry());

    /// <summary>The archived entries after the last ledger that was made (protocol 23).</summary>
    /// <returns>Encoded LedgerEntry values, in no order.</returns>
    public IEnumerable<byte[]> ArchivedEntries() => _world.Archived.Select(static entry => entry.Entry());

    /// <summary>Makes the next ledgers.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The ledgers, each made when it is asked for.</returns>
    public IEnumerable<GeneratedLedger> Take(int count)
    {
        for (; count > 0; count--) yield return Next();
    }

    /// <summary>Makes the next ledger.</summary>
    /// <returns>The ledger.</returns>
    public GeneratedLedger Next()
    {
        uint sequence = _options.FirstLedger + (uint)_made;
        ulong closeTime = _customs.CloseTime(_options, _made, _previousProtocol, _dice);
        LedgerRules rules = new(_protocol);
        _world.Ledger = sequence;
        int metaVersion = _options.MetaVersion ?? MetaVersion(rules);
        StateLayer layer = _world.Open();
        List<TransactionPlan> plans = Plan(rules, layer, metaVersion);
        foreach (TransactionPlan plan in plans) Charge(rules, layer, plan);
        TransactionMaker maker = new(_options, rules, _dice, layer, closeTime, metaVersion)
        {
            Customs = _customs,
        };
        foreach (TransactionPlan plan in plans) maker.Apply(plan);
        if (rules.HasStateArchive)
            foreach (TransactionPlan plan in plans.Where(static plan => plan.Refund > 0)) plan.PostApplyFeeChanges = maker.PayRefund(plan);
        layer.Commit();
        (byte[] Xdr, byte[] Hash) set = TransactionSetXdr.Make(rules, _previousHash, plans, _dice);
        List<LedgerUpgrade> upgrades = Upgrade(closeTime);
        List<byte[]> evicted = rules.HasSoroban ? Eviction.Run(_world, rules) : [];
        LedgerHeaderFields header = Header(plans, closeTime, set.Hash, upgrades);
        byte[] closeMeta = Close(rules, header, set.Xdr, plans, upgrades, evicted);
        _made++;
        return new(sequence, closeMeta, plans.Count, plans.Sum(static plan => plan.Applied!.Operations));
    }

    private int MetaVersion(LedgerRules rules) => rules.Protocol switch
    {
        < 10 => _dice.Chance(750) ? 2 : 4,
        < 13 => _dice.Chance(400) ? 1 : _dice.Chance(600) ? 2 : 4,
        < 20 => _dice.Chance(700) ? 2 : 4,
        < 23 => _dice.Chance(600) ? 3 : 4,
        _ => 4,
    };

    private List<TransactionPlan> Plan(LedgerRules rules, StateLayer layer, int metaVersion)
    {
        List<TransactionPlan> plans = [];
        int transactions = _customs.Transactions(_options, _dice);
        for (int number = 0; number < transactions; number++)
        {
            bool soroban = rules.HasSoroban && metaVersion >= 3 && _dice.Chance(_options.SorobanPerThousand);
            bool bump = rules.HasFeeBumps && _dice.Chance(_options.FeeBumpsPerThousand);
            PlannedEnd end = End(rules);
            int operations = soroban ? 1 : end == PlannedEnd.NoResults && _dice.Chance(100) ? 0 : _dice.Between(1, _options.MaxOperations);
            long charged = soroban ? BaseFee + _dice.Between(1000, 200_000) : BaseFee * (Math.Max(1, operations) + (bump ? 1 : 0));
            if (Payer(layer, charged) is not { } source) continue;
            long refund = soroban && _dice.Chance(800) ? _dice.Between(1L, charged / 2) : 0;
            if (_dice.Chance(_options.OddFeesPerThousand)) (charged, refund) = soroban ? (charged, charged + _dice.Below(2)) : (0, 0);
            plans.Add(new TransactionPlan
            {
                IsSoroban = soroban,
                Source = source,
                FeeSource = !bump ? null : _dice.Chance(200) ? source : Payer(layer, charged) ?? source,
                Operations = operations,
                End = end,
                Charged = charged,
                Refund = refund,
            });
        }

        // The classic phase is applied first, each phase in an order of its own.
        _dice.Shuffle(plans);
        return [.. plans.OrderBy(static plan => plan.IsSoroban)];
    }

    private byte[]? Payer(StateLayer layer, long fee) => layer.Pick<AccountState>(
        _dice, account => account.Spendable(_world.BaseReserve) > fee + OperationScope.Coin)?.Id;

    private PlannedEnd End(LedgerRules rules)
    {
        if (!_dice.Chance(_options.FailuresPerThousand)) return PlannedEnd.Success;
        if (_dice.Chance(700)) return PlannedEnd.OperationFails;
        return rules.Protocol <= 12 && _dice.Chance(400) ? PlannedEnd.InternalError : PlannedEnd.NoResults;
    }

    private void Charge(LedgerRules rules, StateLayer ledger, TransactionPlan plan)
    {
        StateLayer layer = ledger.Above();
        AccountState account = layer.Account(plan.FeeAccount)!;
        layer.Put(account with { Balance = account.Balance - plan.Charged });
        if (rules.Protocol < 10 && layer.Account(plan.Source) is { } source) layer.Put(source with { Sequence = source.Sequence + 1 });
        plan.FeeChanges = ChangesXdr.Of(layer);
        layer.Commit();
        _world.FeePool += plan.Charged;
    }

    /// <summary>Upgrades come after the transactions and their refunds; a new protocol is in force from the next ledger on.</summary>
    private List<LedgerUpgrade> Upgrade(ulong closeTime)
    {
        List<LedgerUpgrade> upgrades = [];
        if (_options.UpgradeAfter > 0 && (_made + 1) % _options.UpgradeAfter == 0 && _protocol < LedgerGeneratorOptions.MaxProtocol)
            upgrades.Add(LedgerUpgrade.Version(++_protocol));
        if (_dice.Chance(50)) upgrades.Add(LedgerUpgrade.BaseFee(BaseFee));
        _customs.Upgrade(_world, new LedgerRules(_protocol), _dice, closeTime, upgrades);
        return upgrades;
    }

    private LedgerHeaderFields Header(List<TransactionPlan> plans, ulong closeTime, byte[] setHash, List<LedgerUpgrade> upgrades) => new()
    {
        LedgerVersion = _protocol,
        PreviousLedgerHash = _previousHash,
        PreviousLedgerVersion = _previousProtocol,
        TransactionSetHash = setHash,
        CloseTime = closeTime,
        CloseTimeMilliseconds = _customs.Milliseconds(closeTime, _dice),
        Upgrades = [.. upgrades.Select(static upgrade => upgrade.Xdr)],
        ValueExtension = ValueArm(plans.Count == 0),
        NodeId = _dice.Bytes(32),
        Signature = _dice.Bytes(64),
        ResultSetHash = ResultHash(plans),
        BucketListHash = _customs.BucketListHash(_world, _protocol, _dice),
        LedgerSequence = _world.Ledger,
        FeePool = _world.FeePool,
        IdPool = (ulong)_world.IdPool,
        BaseReserve = (uint)_world.BaseReserve,
        Flags = _dice.Chance(100) ? 0u : null,
    };

    private byte[] Close(LedgerRules rules, LedgerHeaderFields header, byte[] set, List<TransactionPlan> plans,
        List<LedgerUpgrade> upgrades, List<byte[]> evicted)
    {
        using XdrWriter writer = new(512);
        header.Write(writer);
        byte[] bytes = writer.ToArray();
        _previousHash = SHA256.HashData(bytes);
        _previousProtocol = _protocol;
        _customs.Closed(bytes, _previousHash);
        return CloseMetaXdr.Encode(rules.CloseMetaVersion, bytes, set, plans, upgrades, evicted, _dice);
    }

    /// <summary>The form of the header's value. The protocol of the ledger before decides, not the header's own (CAP-83, CAP-88).</summary>
    private int ValueArm(bool empty) => _previousProtocol switch
    {
        < 11 => 0,
        < 28 => 1,
        < 30 => empty && _dice.Chance(500) ? 2 : 1,
        _ => empty && _dice.Chance(500) ? 4 : 3,
    };

    private static byte[] ResultHash(List<TransactionPlan> plans)
    {
        byte[] count = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(count, plans.Count);
        return SHA256.HashData([.. count, .. plans.SelectMany(static plan => plan.Applied!.Result)]);
    }
}
