using System.Buffers.Binary;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>
/// Writes a WASM contract's storage: keys of many shapes, in the order of their values, which is not the order of their XDR.
/// </summary>
/// <remarks>
/// Each shape makes keys that grow with an ordinal: signed numbers cross zero, texts of any length grow by their first letters, vectors of
/// one element stand before longer ones that begin with it. Only nonces sort after the instance.
/// </remarks>
internal sealed class StoragePass : EntryPass, IDisposable
{
    private readonly GeneratorContext _context;
    private readonly ContractEmitter _emitter;
    private readonly ContractDataBuilder _builder = new();
    private readonly XdrWriter _key = new(256);
    private readonly XdrWriter _value = new(256);
    private readonly byte[] _scratch = new byte[64];
    private readonly bool _hasMuxedContracts;
    private SlotPlan _slots;
    private long _contract;
    private int _offset;
    private long _slot;
    private Shape _shape;
    private int _ordinal;

    public StoragePass(GeneratorContext context, ContractEmitter emitter, ReadOnlyMemory<byte> address)
    {
        _context = context;
        _emitter = emitter;
        _hasMuxedContracts = context.Options.Protocol >= StellarProtocols.MuxedContracts;
        _builder.Contract = address;
    }

    // In the order of SCVal discriminants, then of the first element.
    private enum Shape
    {
        Int32,
        Int64,
        Int128,
        Int256,
        Bytes,
        Text,
        Symbol,
        NumberVector,
        Allowance,
        ForeignBalance,
        Map,
        Address,
        Nonce,
    }

    public override EntryBuilder Builder => _builder;

    public void EmitBeforeInstance(long contract, int live)
    {
        _contract = contract;
        _slots = new SlotPlan(_context.Options.Seed + (ulong)contract, Domain.ContractStorage, live, _context.Options.LivePerDead);
        _offset = (int)Entropy.Scale(_context.Hash(Domain.ContractStorage, contract), (ulong)Shape.Nonce + 1);
        _slot = 0;
        _ordinal = -1;
        _shape = Shape.Int32;
        EmitUntil(Shape.Nonce);
    }

    public void EmitAfterInstance() => EmitUntil(Shape.Nonce + 1);

    public void Dispose()
    {
        _key.Dispose();
        _value.Dispose();
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        _value.Clear();
        switch (entropy.Below(_hasMuxedContracts ? 7 : 5))
        {
            case 0:
                WriteInt128(-entropy.Below(2), entropy.Next());
                break;
            case 1:
                _value.WriteInt32(1);
                break;
            case 2:
                // Strings need not be UTF-8 and may hold zeros.
                _value.WriteInt32(14);
                entropy.Fill(_scratch);
                _scratch[1] = 0;
                _value.WriteOpaque(_scratch.AsSpan(0, 2 + entropy.Below(62)));
                break;
            case 5:
                WriteMuxedContract(ref entropy);
                break;
            case 6:
                WriteTransfer(ref entropy);
                break;
            default:
                WriteNested(ref entropy);
                break;
        }

        _builder.Value = _value.WrittenMemory;
    }

    private void EmitUntil(Shape end)
    {
        for (; _slot < _slots.Total; _slot++)
        {
            Shape shape = (Shape)(((_slot * ((long)Shape.Nonce + 1)) + _offset) / _slots.Total);
            if (shape >= end) return;
            _ordinal = shape == _shape ? _ordinal + 1 : 0;
            _shape = shape;
            Entropy entropy = new(_context.Hash(Domain.ContractStorage, (_contract << 20) + _slot));
            _key.Clear();
            _builder.Persistent = shape is not (Shape.Allowance or Shape.Nonce) && (shape != Shape.Symbol || _ordinal % 2 == 1);
            WriteKey(ref entropy);
            _builder.StorageKey = _key.WrittenMemory;
            _emitter.Emit(this, entropy.Next(), _slots.IsDead(_slot));
        }
    }

    private void WriteKey(ref Entropy entropy)
    {
        switch (_shape)
        {
            case Shape.Int32:
                _key.WriteInt32(4);
                _key.WriteInt32((_ordinal * 2_000) - 1_000 + entropy.Below(1_000));
                break;
            case Shape.Int64:
                _key.WriteInt32(6);
                _key.WriteInt64(((long)_ordinal << 41) - (1L << 40) + (long)(entropy.Next() >> 24));
                break;
            case Shape.Int128:
                _key.WriteInt32(10);
                _key.WriteInt64(_ordinal - 1);
                _key.WriteUInt64(entropy.Next());
                break;
            case Shape.Int256:
                _key.WriteInt32(12);
                _key.WriteInt64(_ordinal - 1);
                for (int part = 0; part < 3; part++) _key.WriteUInt64(entropy.Next());
                break;
            case Shape.Bytes:
                WriteText(13, ref entropy, _ordinal, mostBytes: 40, 0, 256);
                break;
            case Shape.Text:
                WriteText(14, ref entropy, _ordinal, mostBytes: 40, 'a', 26);
                break;
            case Shape.Symbol:
                // The same symbol twice: temporary, then persistent.
                Entropy pair = new(_context.Hash(Domain.ContractStorage, ~((_contract << 20) + (_ordinal / 2))));
                WriteText(15, ref pair, _ordinal / 2, mostBytes: 32, 'a', 26);
                break;
            case Shape.NumberVector:
                WriteNumberVector(_ordinal / 2, _ordinal % 2 == 1);
                break;
            case Shape.Allowance:
                WriteHolderVector("Allowance"u8, ref entropy, addressArm: 1);
                break;
            case Shape.ForeignBalance:
                WriteHolderVector("Balance"u8, ref entropy, addressArm: 0);
                break;
            case Shape.Map:
                _key.WriteInt32(17);
                _key.WriteBool(true);
                _key.WriteInt32(1);
                _key.WriteInt32(15);
                _key.WriteOpaque("id"u8);
                _key.WriteInt32(3);
                _key.WriteInt32(_ordinal);
                break;
            case Shape.Address:
                WriteAddress(ref entropy, addressArm: 1);
                break;
            default:
                _key.WriteInt32(21);
                _key.WriteInt64(((long)_ordinal << 51) - (1L << 50) + (long)(entropy.Next() >> 14));
                break;
        }
    }

    // Three characters that grow with the ordinal, then a tail of any length.
    private void WriteText(int arm, ref Entropy entropy, int ordinal, int mostBytes, int first, int alphabet)
    {
        int length = 3 + entropy.Below(mostBytes - 2);
        Span<byte> text = _scratch.AsSpan(0, length);
        for (int index = 3; index < length; index++) text[index] = (byte)(first + entropy.Below(alphabet));
        text[0] = (byte)(first + (ordinal / alphabet / alphabet));
        text[1] = (byte)(first + (ordinal / alphabet % alphabet));
        text[2] = (byte)(first + (ordinal % alphabet));
        _key.WriteInt32(arm);
        _key.WriteOpaque(text);
    }

    private void WriteNumberVector(int number, bool hasSecond)
    {
        _key.WriteInt32(16);
        _key.WriteBool(true);
        _key.WriteInt32(hasSecond ? 2 : 1);
        _key.WriteInt32(3);
        _key.WriteInt32(number);
        if (!hasSecond) return;
        _key.WriteInt32(3);
        _key.WriteInt32(7);
    }

    private void WriteHolderVector(ReadOnlySpan<byte> symbol, ref Entropy entropy, int addressArm)
    {
        _key.WriteInt32(16);
        _key.WriteBool(true);
        _key.WriteInt32(2);
        _key.WriteInt32(15);
        _key.WriteOpaque(symbol);
        WriteAddress(ref entropy, addressArm);
    }

    private void WriteAddress(ref Entropy entropy, int addressArm)
    {
        _key.WriteInt32(18);
        _key.WriteInt32(addressArm);
        if (addressArm == 0) _key.WriteInt32(0);
        Span<byte> id = _key.Take(32);
        entropy.Fill(id);
        BinaryPrimitives.WriteInt32BigEndian(id, _ordinal);
    }

    private void WriteInt128(long high, ulong low)
    {
        _value.WriteInt32(10);
        _value.WriteInt64(high);
        _value.WriteUInt64(low);
    }

    private void WriteMuxedContract(ref Entropy entropy)
    {
        _value.WriteInt32(18);
        _value.WriteInt32(5);
        _value.WriteUInt64(entropy.Below(2) == 0 ? (ulong)entropy.Below(10) : entropy.Next());
        entropy.Fill(_value.Take(32));
    }

    // A muxed contract in a map in a vector.
    private void WriteTransfer(ref Entropy entropy)
    {
        _value.WriteInt32(16);
        _value.WriteBool(true);
        _value.WriteInt32(1);
        _value.WriteInt32(17);
        _value.WriteBool(true);
        _value.WriteInt32(1);
        _value.WriteInt32(15);
        _value.WriteOpaque("to"u8);
        WriteMuxedContract(ref entropy);
    }

    // A map in a vector: nesting, and an empty vector.
    private void WriteNested(ref Entropy entropy)
    {
        _value.WriteInt32(16);
        _value.WriteBool(true);
        _value.WriteInt32(2);
        _value.WriteInt32(17);
        _value.WriteBool(true);
        _value.WriteInt32(2);
        _value.WriteInt32(15);
        _value.WriteOpaque("amount"u8);
        WriteInt128(0, entropy.Next());
        _value.WriteInt32(15);
        _value.WriteOpaque("expiry"u8);
        _value.WriteInt32(3);
        _value.WriteUInt32(_builder.LastModifiedLedger);
        _value.WriteInt32(16);
        _value.WriteBool(true);
        _value.WriteInt32(0);
    }
}
