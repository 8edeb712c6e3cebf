using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes the built-in contracts of assets (SAC): the balances of each contract, then its instance.</summary>
internal sealed class SacContractPass : EntryPass
{
    private readonly GeneratorContext context;
    private readonly ContractEmitter emitter;
    private readonly WasmContractPass wasm;
    private readonly ContractDataBuilder builder = new();
    private readonly ContractDataBuilder instance = new();
    private readonly byte[] key = StellarAssetContractXdr.BalanceKey(new byte[32]);
    private readonly byte[] value = StellarAssetContractXdr.Balance(0);

    public SacContractPass(GeneratorContext context, ContractEmitter emitter, WasmContractPass wasm)
    {
        this.context = context;
        this.emitter = emitter;
        this.wasm = wasm;
        builder.StorageKey = key;
        builder.Value = this.value;
        instance.StorageKey = ScValueXdr.InstanceKey();
    }

    public override EntryBuilder Builder => builder;

    /// <summary>Contracts written.</summary>
    public long Contracts { get; private set; }

    /// <summary>Live balances written.</summary>
    public long Balances { get; private set; }

    /// <summary>The contracts of the most popular assets: each id, and the method that writes the contract.</summary>
    public IEnumerable<(byte[] Id, Action<byte[]> Emit)> Plan()
    {
        int contracts = this.context.Options.SacContracts;
        ZipfTable shares = new(contracts);
        for (int rank = 0; rank < contracts; rank++)
        {
            int ordinal = rank;
            int asset = this.context.Assets.IndexOfRank(rank);
            long balances = shares.Share(rank, this.context.Options.SacBalances);
            yield return (DerivedIds.AssetContract(this.context.NetworkId, this.context.Assets.Encoded(asset)),
                id => Emit(id, ordinal, asset, balances));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        const int AmountOffset = 32;
        const int AuthorizedOffset = 72;
        const int ClawbackOffset = 96;
        Span<byte> value = this.value;
        // Balances of contracts may exceed 64 bits.
        long high = entropy.Chance(10) ? entropy.Below(5_000) : 0;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(value[AmountOffset..], high);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(
            value[(AmountOffset + 8)..], entropy.Chance(50) ? 0 : entropy.Amount(50));
        value[AuthorizedOffset + 3] = (byte)(entropy.Chance(970) ? 1 : 0);
        value[ClawbackOffset + 3] = (byte)(entropy.Chance(50) ? 1 : 0);
    }

    private void Emit(byte[] contractId, int ordinal, int asset, long balances)
    {
        builder.Contract = ScAddressXdr.Contract(contractId);
        EmitBalances(ordinal, balances);
        instance.Contract = builder.Contract;
        instance.Value = StellarAssetContractXdr.Instance(
            this.context.Assets.Code(asset), this.context.Assets.IssuerId(asset),
            StrKey.Encode(StrKeyKind.Account, this.context.Assets.IssuerId(asset)));
        this.emitter.Emit(new FixedPass(instance), this.context.Hash(Domain.SacInstance, ordinal), isDead: false);
        Contracts++;
    }

    // Holders are contracts of this archive while there are enough of them, then invented ones.
    private void EmitBalances(int ordinal, long balances)
    {
        ulong seed = this.context.Hash(Domain.SacBalanceHolder, ordinal);
        SlotPlan slots = new(seed, Domain.SacBalance, balances, this.context.Options.LivePerDead);
        MonotoneIds invented = new(seed, Domain.SacBalanceHolder, slots.Total);
        for (long slot = 0; slot < slots.Total; slot++)
        {
            Span<byte> holder = key.AsSpan(^32..);
            if (slots.Total <= this.wasm.Slots.Total) this.wasm.WriteId(slot * this.wasm.Slots.Total / slots.Total, holder);
            else invented.Write(slot, holder);
            bool isDead = slots.IsDead(slot);
            this.emitter.Emit(this, Entropy.Hash(seed, Domain.SacBalance, (ulong)slot), isDead);
            if (!isDead) Balances++;
        }
    }
}
