using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes contracts with WASM code: each one's storage and instance, in key order.</summary>
internal sealed class WasmContractPass : EntryPass, IDisposable
{
    private const int IdOffset = 4;

    private readonly GeneratorContext _context;
    private readonly ContractEmitter _emitter;
    private readonly ContractDataBuilder _builder = new();
    private readonly byte[] _address = ScAddressXdr.Contract(new byte[32]);
    private readonly byte[] _codeHash = new byte[32];
    private readonly XdrWriter _value = new(256);
    private readonly StoragePass _storage;
    private readonly MonotoneIds _ids;
    private QuotaSpreader _storageCounts;
    private long _slot;
    private bool _hasLiveCode;

    public WasmContractPass(GeneratorContext context, ContractEmitter emitter)
    {
        GeneratorOptions options = context.Options;
        _context = context;
        _emitter = emitter;
        _builder.Contract = _address;
        _builder.StorageKey = ScValueXdr.InstanceKey();
        _storage = new StoragePass(context, emitter, _address);
        Slots = new SlotPlan(options.Seed, Domain.Contract, options.Contracts, options.LivePerDead);
        _ids = new MonotoneIds(options.Seed, Domain.ContractId, Slots.Total);
        _storageCounts = new QuotaSpreader(
            options.Seed, Domain.ContractStorageCount, options.ContractStorage - options.Nonces, options.Contracts,
            GeneratorOptions.StoragePerContract);
    }

    public override EntryBuilder Builder => _builder;

    public SlotPlan Slots { get; }

    /// <summary>Live instances.</summary>
    public long Instances { get; private set; }

    /// <summary>Live instances whose code is live.</summary>
    public long InstancesWithCode { get; private set; }

    public void WriteId(long slot, Span<byte> id) => _ids.Write(slot, id);

    /// <summary>Goes to a contract and gives its id.</summary>
    public ReadOnlySpan<byte> Move(long slot)
    {
        _slot = slot;
        _ids.Write(slot, _address.AsSpan(IdOffset));
        return _address.AsSpan(IdOffset);
    }

    /// <summary>Writes the contract gone to last.</summary>
    public void Emit()
    {
        bool isDead = Slots.IsDead(_slot);
        int storage = isDead ? 0 : _storageCounts.Next();
        _storage.EmitBeforeInstance(_slot, storage);
        _emitter.Emit(this, _context.Hash(Domain.Contract, _slot), isDead);
        _storage.EmitAfterInstance();
        if (isDead) return;
        Instances++;
        if (_hasLiveCode) InstancesWithCode++;
    }

    public void Dispose()
    {
        _value.Dispose();
        _storage.Dispose();
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        bool hasLiveCode = ChooseCode(ref entropy);
        if (isNewest) _hasLiveCode = hasLiveCode;
        _value.Clear();
        _value.WriteInt32(19);
        _value.WriteInt32(0);
        _value.WriteRaw(_codeHash);
        int items = entropy.Below(5) - 1;
        bool hasMuxed = items >= 0 && _context.Options.Protocol >= StellarProtocols.MuxedContracts && entropy.Chance(300);
        _value.WriteBool(items >= 0);
        if (items >= 0) _value.WriteInt32(items + (hasMuxed ? 1 : 0));
        for (int item = 0; item < items; item++)
        {
            _value.WriteInt32(15);
            _value.WriteOpaque("Admin_0Admin_1Metadata_2Ledger"u8.Slice(item * 7, 7 + item));
            _value.WriteInt32(10);
            _value.WriteInt64(-entropy.Below(2));
            _value.WriteUInt64(entropy.Next());
        }

        if (hasMuxed) WriteMuxedItem(ref entropy);
        _builder.Value = _value.WrittenMemory;
    }

    // Sorts after the other items.
    private void WriteMuxedItem(ref Entropy entropy)
    {
        _value.WriteInt32(15);
        _value.WriteOpaque("payee"u8);
        _value.WriteInt32(18);
        _value.WriteInt32(5);
        _value.WriteUInt64(entropy.Next());
        entropy.Fill(_value.Take(32));
    }

    // Most instances run code that is in the list; some run code that was deleted, or that never was in it.
    private bool ChooseCode(ref Entropy entropy)
    {
        SlotPlan codes = _context.Codes.Slots;
        if (codes.Total == 0 || entropy.Chance(70))
        {
            entropy.Fill(_codeHash);
            return false;
        }

        int slot = Math.Min(entropy.Below((int)codes.Total), entropy.Below((int)codes.Total));
        _context.Codes.Hash(slot).CopyTo(_codeHash, 0);
        return !codes.IsDead(slot);
    }
}
