using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes the built-in contracts of assets (SAC): each one's balances, then its instance.</summary>
internal sealed class SacContractPass : EntryPass
{
    private readonly GeneratorContext _context;
    private readonly ContractEmitter _emitter;
    private readonly WasmContractPass _wasm;
    private readonly ContractDataBuilder _builder = new();
    private readonly ContractDataBuilder _instance = new();
    private readonly byte[] _key = StellarAssetContractXdr.BalanceKey(new byte[32]);
    private readonly byte[] _value = StellarAssetContractXdr.Balance(0);

    public SacContractPass(GeneratorContext context, ContractEmitter emitter, WasmContractPass wasm)
    {
        _context = context;
        _emitter = emitter;
        _wasm = wasm;
        _builder.StorageKey = _key;
        _builder.Value = _value;
        _instance.StorageKey = ScValueXdr.InstanceKey();
    }

    public override EntryBuilder Builder => _builder;

    /// <summary>Contracts written.</summary>
    public long Contracts { get; private set; }

    /// <summary>Live balances written.</summary>
    public long Balances { get; private set; }

    /// <summary>The contracts of the most popular assets, with their ids and what writes them.</summary>
    public IEnumerable<(byte[] Id, Action<byte[]> Emit)> Plan()
    {
        int contracts = _context.Options.SacContracts;
        ZipfTable shares = new(contracts);
        for (int rank = 0; rank < contracts; rank++)
        {
            int ordinal = rank;
            int asset = _context.Assets.IndexOfRank(rank);
            long balances = shares.Share(rank, _context.Options.SacBalances);
            yield return (DerivedIds.AssetContract(_context.NetworkId, _context.Assets.Encoded(asset)),
                id => Emit(id, ordinal, asset, balances));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        const int AmountOffset = 32;
        const int AuthorizedOffset = 72;
        const int ClawbackOffset = 96;
        Span<byte> value = _value;
        // Contracts may hold more than 64 bits.
        long high = entropy.Chance(10) ? entropy.Below(5_000) : 0;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(value[AmountOffset..], high);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(
            value[(AmountOffset + 8)..], entropy.Chance(50) ? 0 : entropy.Amount(50));
        value[AuthorizedOffset + 3] = (byte)(entropy.Chance(970) ? 1 : 0);
        value[ClawbackOffset + 3] = (byte)(entropy.Chance(50) ? 1 : 0);
    }

    private void Emit(byte[] contractId, int ordinal, int asset, long balances)
    {
        _builder.Contract = ScAddressXdr.Contract(contractId);
        EmitBalances(ordinal, balances);
        _instance.Contract = _builder.Contract;
        _instance.Value = StellarAssetContractXdr.Instance(
            _context.Assets.Code(asset), _context.Assets.IssuerId(asset),
            StrKey.Encode(StrKeyKind.Account, _context.Assets.IssuerId(asset)));
        _emitter.Emit(new FixedPass(_instance), _context.Hash(Domain.SacInstance, ordinal), isDead: false);
        Contracts++;
    }

    // Holders are contracts of this archive as long as there are enough of them, else made-up ones.
    private void EmitBalances(int ordinal, long balances)
    {
        ulong seed = _context.Hash(Domain.SacBalanceHolder, ordinal);
        SlotPlan slots = new(seed, Domain.SacBalance, balances, _context.Options.LivePerDead);
        MonotoneIds invented = new(seed, Domain.SacBalanceHolder, slots.Total);
        for (long slot = 0; slot < slots.Total; slot++)
        {
            Span<byte> holder = _key.AsSpan(^32..);
            if (slots.Total <= _wasm.Slots.Total) _wasm.WriteId(slot * _wasm.Slots.Total / slots.Total, holder);
            else invented.Write(slot, holder);
            bool isDead = slots.IsDead(slot);
            _emitter.Emit(this, Entropy.Hash(seed, Domain.SacBalance, (ulong)slot), isDead);
            if (!isDead) Balances++;
        }
    }
}
