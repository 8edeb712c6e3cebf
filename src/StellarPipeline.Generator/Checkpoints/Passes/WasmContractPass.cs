using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes contracts with WASM code: the storage and the instance of each, in key order.</summary>
internal sealed class WasmContractPass : EntryPass, IDisposable
{
    private const int IdOffset = 4;

    private readonly GeneratorContext context;
    private readonly ContractEmitter emitter;
    private readonly ContractDataBuilder builder = new();
    private readonly byte[] address = ScAddressXdr.Contract(new byte[32]);
    private readonly byte[] codeHash = new byte[32];
    private readonly XdrWriter value = new(256);
    private readonly StoragePass storage;
    private readonly MonotoneIds ids;
    private QuotaSpreader storageCounts;
    private long slot;
    private bool hasLiveCode;

    public WasmContractPass(GeneratorContext context, ContractEmitter emitter)
    {
        GeneratorOptions options = context.Options;
        this.context = context;
        this.emitter = emitter;
        builder.Contract = address;
        builder.StorageKey = ScValueXdr.InstanceKey();
        this.storage = new StoragePass(context, emitter, address);
        Slots = new SlotPlan(options.Seed, Domain.Contract, options.Contracts, options.LivePerDead);
        ids = new MonotoneIds(options.Seed, Domain.ContractId, Slots.Total);
        storageCounts = new QuotaSpreader(
            options.Seed, Domain.ContractStorageCount, options.ContractStorage - options.Nonces, options.Contracts,
            GeneratorOptions.StoragePerContract);
    }

    public override EntryBuilder Builder => builder;

    public SlotPlan Slots { get; }

    /// <summary>Live instances.</summary>
    public long Instances { get; private set; }

    /// <summary>Live instances whose code is live.</summary>
    public long InstancesWithCode { get; private set; }

    public void WriteId(long slot, Span<byte> id) => ids.Write(slot, id);

    /// <summary>Selects a contract and returns its id.</summary>
    public ReadOnlySpan<byte> Move(long slot)
    {
        this.slot = slot;
        ids.Write(slot, address.AsSpan(IdOffset));
        return address.AsSpan(IdOffset);
    }

    /// <summary>Writes the selected contract.</summary>
    public void Emit()
    {
        bool isDead = Slots.IsDead(this.slot);
        int storage = isDead ? 0 : storageCounts.Next();
        this.storage.EmitBeforeInstance(this.slot, storage);
        this.emitter.Emit(this, this.context.Hash(Domain.Contract, this.slot), isDead);
        this.storage.EmitAfterInstance();
        if (isDead) return;
        Instances++;
        if (this.hasLiveCode) InstancesWithCode++;
    }

    public void Dispose()
    {
        value.Dispose();
        this.storage.Dispose();
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        bool hasLiveCode = ChooseCode(ref entropy);
        if (isNewest) this.hasLiveCode = hasLiveCode;
        value.Clear();
        value.WriteInt32(19);
        value.WriteInt32(0);
        value.WriteRaw(codeHash);
        int items = entropy.Below(5) - 1;
        bool hasMuxed = items >= 0 && this.context.Options.Protocol >= StellarProtocols.MuxedContracts && entropy.Chance(300);
        value.WriteBool(items >= 0);
        if (items >= 0) value.WriteInt32(items + (hasMuxed ? 1 : 0));
        for (int item = 0; item < items; item++)
        {
            value.WriteInt32(15);
            value.WriteOpaque("Admin_0Admin_1Metadata_2Ledger"u8.Slice(item * 7, 7 + item));
            value.WriteInt32(10);
            value.WriteInt64(-entropy.Below(2));
            value.WriteUInt64(entropy.Next());
        }

        if (hasMuxed) WriteMuxedItem(ref entropy);
        builder.Value = value.WrittenMemory;
    }

    // Sorts after the other items.
    private void WriteMuxedItem(ref Entropy entropy)
    {
        value.WriteInt32(15);
        value.WriteOpaque("payee"u8);
        value.WriteInt32(18);
        value.WriteInt32(5);
        value.WriteUInt64(entropy.Next());
        entropy.Fill(value.Take(32));
    }

    // Most instances run a code of the archive; some run a deleted code, or one that was never in the archive.
    private bool ChooseCode(ref Entropy entropy)
    {
        SlotPlan codes = this.context.Codes.Slots;
        if (codes.Total == 0 || entropy.Chance(70))
        {
            entropy.Fill(codeHash);
            return false;
        }

        int slot = Math.Min(entropy.Below((int)codes.Total), entropy.Below((int)codes.Total));
        this.context.Codes.Hash(slot).CopyTo(codeHash, 0);
        return !codes.IsDead(slot);
    }
}
