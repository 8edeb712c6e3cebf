using System.Buffers.Binary;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>
/// Writes a WASM contract's storage: keys of many shapes, in the order of their values, which differs from the order of their XDR.
/// </summary>
/// <remarks>
/// The keys of each shape grow with an ordinal: signed numbers go from negative to positive, texts of any length grow in their first
/// letters, and a vector of one element precedes the longer vectors that begin with it. Only nonces sort after the instance.
/// </remarks>
internal sealed class StoragePass : EntryPass, IDisposable
{
    private readonly GeneratorContext context;
    private readonly ContractEmitter emitter;
    private readonly ContractDataBuilder builder = new();
    private readonly XdrWriter key = new(256);
    private readonly XdrWriter value = new(256);
    private readonly byte[] scratch = new byte[64];
    private readonly bool hasMuxedContracts;
    private SlotPlan slots;
    private long contract;
    private int offset;
    private long slot;
    private Shape shape;
    private int ordinal;

    public StoragePass(GeneratorContext context, ContractEmitter emitter, ReadOnlyMemory<byte> address)
    {
        this.context = context;
        this.emitter = emitter;
        hasMuxedContracts = context.Options.Protocol >= StellarProtocols.MuxedContracts;
        builder.Contract = address;
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

    public override EntryBuilder Builder => builder;

    public void EmitBeforeInstance(long contract, int live)
    {
        this.contract = contract;
        slots = new SlotPlan(this.context.Options.Seed + (ulong)contract, Domain.ContractStorage, live, this.context.Options.LivePerDead);
        offset = (int)Entropy.Scale(this.context.Hash(Domain.ContractStorage, contract), (ulong)Shape.Nonce + 1);
        slot = 0;
        this.ordinal = -1;
        this.shape = Shape.Int32;
        EmitUntil(Shape.Nonce);
    }

    public void EmitAfterInstance() => EmitUntil(Shape.Nonce + 1);

    public void Dispose()
    {
        key.Dispose();
        value.Dispose();
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        value.Clear();
        switch (entropy.Below(hasMuxedContracts ? 7 : 5))
        {
            case 0:
                WriteInt128(-entropy.Below(2), entropy.Next());
                break;
            case 1:
                value.WriteInt32(1);
                break;
            case 2:
                // Strings need not be UTF-8 and may contain zeros.
                value.WriteInt32(14);
                entropy.Fill(scratch);
                scratch[1] = 0;
                value.WriteOpaque(scratch.AsSpan(0, 2 + entropy.Below(62)));
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

        builder.Value = value.WrittenMemory;
    }

    private void EmitUntil(Shape end)
    {
        for (; slot < slots.Total; slot++)
        {
            var shape = (Shape)(((slot * ((long)Shape.Nonce + 1)) + offset) / slots.Total);
            if (shape >= end) return;
            this.ordinal = shape == this.shape ? this.ordinal + 1 : 0;
            this.shape = shape;
            Entropy entropy = new(this.context.Hash(Domain.ContractStorage, (this.contract << 20) + slot));
            key.Clear();
            builder.Persistent = shape is not (Shape.Allowance or Shape.Nonce) && (shape != Shape.Symbol || this.ordinal % 2 == 1);
            WriteKey(ref entropy);
            builder.StorageKey = key.WrittenMemory;
            this.emitter.Emit(this, entropy.Next(), slots.IsDead(slot));
        }
    }

    private void WriteKey(ref Entropy entropy)
    {
        switch (this.shape)
        {
            case Shape.Int32:
                key.WriteInt32(4);
                key.WriteInt32((this.ordinal * 2_000) - 1_000 + entropy.Below(1_000));
                break;
            case Shape.Int64:
                key.WriteInt32(6);
                key.WriteInt64(((long)this.ordinal << 41) - (1L << 40) + (long)(entropy.Next() >> 24));
                break;
            case Shape.Int128:
                key.WriteInt32(10);
                key.WriteInt64(this.ordinal - 1);
                key.WriteUInt64(entropy.Next());
                break;
            case Shape.Int256:
                key.WriteInt32(12);
                key.WriteInt64(this.ordinal - 1);
                for (int part = 0; part < 3; part++) key.WriteUInt64(entropy.Next());
                break;
            case Shape.Bytes:
                WriteText(13, ref entropy, this.ordinal, mostBytes: 40, 0, 256);
                break;
            case Shape.Text:
                WriteText(14, ref entropy, this.ordinal, mostBytes: 40, 'a', 26);
                break;
            case Shape.Symbol:
                // The same symbol twice: temporary, then persistent.
                Entropy pair = new(this.context.Hash(Domain.ContractStorage, ~((this.contract << 20) + (this.ordinal / 2))));
                WriteText(15, ref pair, this.ordinal / 2, mostBytes: 32, 'a', 26);
                break;
            case Shape.NumberVector:
                WriteNumberVector(this.ordinal / 2, this.ordinal % 2 == 1);
                break;
            case Shape.Allowance:
                WriteHolderVector("Allowance"u8, ref entropy, addressArm: 1);
                break;
            case Shape.ForeignBalance:
                WriteHolderVector("Balance"u8, ref entropy, addressArm: 0);
                break;
            case Shape.Map:
                key.WriteInt32(17);
                key.WriteBool(true);
                key.WriteInt32(1);
                key.WriteInt32(15);
                key.WriteOpaque("id"u8);
                key.WriteInt32(3);
                key.WriteInt32(this.ordinal);
                break;
            case Shape.Address:
                WriteAddress(ref entropy, addressArm: 1);
                break;
            default:
                key.WriteInt32(21);
                key.WriteInt64(((long)this.ordinal << 51) - (1L << 50) + (long)(entropy.Next() >> 14));
                break;
        }
    }

    // Three characters that grow with the ordinal, then a tail of any length.
    private void WriteText(int arm, ref Entropy entropy, int ordinal, int mostBytes, int first, int alphabet)
    {
        int length = 3 + entropy.Below(mostBytes - 2);
        Span<byte> text = scratch.AsSpan(0, length);
        for (int index = 3; index < length; index++) text[index] = (byte)(first + entropy.Below(alphabet));
        text[0] = (byte)(first + (ordinal / alphabet / alphabet));
        text[1] = (byte)(first + (ordinal / alphabet % alphabet));
        text[2] = (byte)(first + (ordinal % alphabet));
        key.WriteInt32(arm);
        key.WriteOpaque(text);
    }

    private void WriteNumberVector(int number, bool hasSecond)
    {
        key.WriteInt32(16);
        key.WriteBool(true);
        key.WriteInt32(hasSecond ? 2 : 1);
        key.WriteInt32(3);
        key.WriteInt32(number);
        if (!hasSecond) return;
        key.WriteInt32(3);
        key.WriteInt32(7);
    }

    private void WriteHolderVector(ReadOnlySpan<byte> symbol, ref Entropy entropy, int addressArm)
    {
        key.WriteInt32(16);
        key.WriteBool(true);
        key.WriteInt32(2);
        key.WriteInt32(15);
        key.WriteOpaque(symbol);
        WriteAddress(ref entropy, addressArm);
    }

    private void WriteAddress(ref Entropy entropy, int addressArm)
    {
        key.WriteInt32(18);
        key.WriteInt32(addressArm);
        if (addressArm == 0) key.WriteInt32(0);
        Span<byte> id = key.Take(32);
        entropy.Fill(id);
        BinaryPrimitives.WriteInt32BigEndian(id, this.ordinal);
    }

    private void WriteInt128(long high, ulong low)
    {
        value.WriteInt32(10);
        value.WriteInt64(high);
        value.WriteUInt64(low);
    }

    private void WriteMuxedContract(ref Entropy entropy)
    {
        value.WriteInt32(18);
        value.WriteInt32(5);
        value.WriteUInt64(entropy.Below(2) == 0 ? (ulong)entropy.Below(10) : entropy.Next());
        entropy.Fill(value.Take(32));
    }

    // A muxed contract in a map in a vector.
    private void WriteTransfer(ref Entropy entropy)
    {
        value.WriteInt32(16);
        value.WriteBool(true);
        value.WriteInt32(1);
        value.WriteInt32(17);
        value.WriteBool(true);
        value.WriteInt32(1);
        value.WriteInt32(15);
        value.WriteOpaque("to"u8);
        WriteMuxedContract(ref entropy);
    }

    // A map in a vector: nesting, and an empty vector.
    private void WriteNested(ref Entropy entropy)
    {
        value.WriteInt32(16);
        value.WriteBool(true);
        value.WriteInt32(2);
        value.WriteInt32(17);
        value.WriteBool(true);
        value.WriteInt32(2);
        value.WriteInt32(15);
        value.WriteOpaque("amount"u8);
        WriteInt128(0, entropy.Next());
        value.WriteInt32(15);
        value.WriteOpaque("expiry"u8);
        value.WriteInt32(3);
        value.WriteUInt32(builder.LastModifiedLedger);
        value.WriteInt32(16);
        value.WriteBool(true);
        value.WriteInt32(0);
    }
}
