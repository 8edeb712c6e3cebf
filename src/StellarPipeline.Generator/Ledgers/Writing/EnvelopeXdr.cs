using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes TransactionEnvelope and hashes it (stellar-core Stellar-transaction.x).</summary>
internal sealed class EnvelopeXdr(TransactionScope transaction, byte[] networkId)
{
    private Dice Dice => transaction.Dice;

    /// <summary>Hash of a fee bump's inner transaction.</summary>
    public byte[] InnerHash { get; private set; } = [];

    /// <summary>The envelope and its hash.</summary>
    /// <param name="operations">Encoded operations.</param>
    /// <param name="fee">The fee in the envelope, the most that may be charged, stroops.</param>
    /// <param name="sorobanData">Encoded SorobanTransactionData, null for a classic transaction.</param>
    /// <param name="feeSource">The fee source of a fee bump, null for other transactions.</param>
    public (byte[] Envelope, byte[] Hash) Make(IReadOnlyList<byte[]> operations, long fee, byte[]? sorobanData, byte[]? feeSource)
    {
        bool isOld = transaction.Rules.Protocol < 13 || (sorobanData is null && feeSource is null && Dice.Chance(100));
        using XdrWriter writer = new();
        if (isOld)
        {
            WriteOld(writer, operations, (uint)fee);
            byte[] meant = [0, 0, 0, 2, 0, 0, 0, 0, .. writer.WrittenSpan];
            return ([0, 0, 0, 0, .. writer.WrittenSpan, .. Signatures()], Hash(meant));
        }

        WriteTransaction(writer, operations, (uint)Math.Min(fee, uint.MaxValue), sorobanData);
        byte[] inner = [0, 0, 0, 2, .. writer.WrittenSpan];
        InnerHash = Hash(inner);
        byte[] envelope = [.. inner, .. Signatures()];
        if (feeSource is null) return (envelope, InnerHash);
        byte[] bump = OperationOutcome.Encoded(outer =>
        {
            outer.WriteInt32(5);
            transaction.WriteMuxed(outer, feeSource);
            outer.WriteInt64(fee);
            outer.WriteRaw(envelope);
            outer.WriteInt32(0);
        });
        return ([.. bump, .. Signatures()], Hash(bump));
    }

    private byte[] Hash(byte[] tagged) => SHA256.HashData([.. networkId, .. tagged]);

    // Version 0 has optional time bounds in the place of the preconditions of version 1; the encoding is the same.
    private void WriteOld(XdrWriter writer, IReadOnlyList<byte[]> operations, uint fee)
    {
        writer.WriteFixedOpaque(transaction.Source);
        writer.WriteUInt32(fee);
        writer.WriteInt64(transaction.Sequence);
        writer.WriteBool(Dice.Chance(300));
        if (writer.WrittenSpan[^1] == 1) WriteTimeBounds(writer);
        WriteRest(writer, operations);
        writer.WriteInt32(0);
    }

    private void WriteTransaction(XdrWriter writer, IReadOnlyList<byte[]> operations, uint fee, byte[]? sorobanData)
    {
        transaction.WriteMuxed(writer, transaction.Source);
        writer.WriteUInt32(fee);
        writer.WriteInt64(transaction.Sequence);
        WritePreconditions(writer);
        WriteRest(writer, operations);
        writer.WriteBool(sorobanData is not null);
        if (sorobanData is not null) writer.WriteRaw(sorobanData);
    }

    private void WriteRest(XdrWriter writer, IReadOnlyList<byte[]> operations)
    {
        int memo = Dice.Chance(500) ? 0 : Dice.Between(1, 4);
        writer.WriteInt32(memo);
        if (memo == 1) writer.WriteOpaque(Dice.Word(Dice.Below(29)));
        if (memo == 2) writer.WriteUInt64(Dice.Number());
        if (memo > 2) writer.WriteFixedOpaque(Dice.Bytes(32));
        writer.WriteInt32(operations.Count);
        foreach (byte[] operation in operations) writer.WriteRaw(operation);
    }

    private void WritePreconditions(XdrWriter writer)
    {
        int kind = Dice.Below(transaction.Rules.Protocol >= 19 ? 3 : 2);
        writer.WriteInt32(kind);
        if (kind == 1) WriteTimeBounds(writer);
        if (kind != 2) return;
        bool hasTime = Dice.Chance(500), hasLedgers = Dice.Chance(500), hasSequence = Dice.Chance(500);
        writer.WriteBool(hasTime);
        if (hasTime) WriteTimeBounds(writer);
        writer.WriteBool(hasLedgers);
        if (hasLedgers) writer.Take(8).Clear();
        writer.WriteBool(hasSequence);
        if (hasSequence) writer.WriteInt64(transaction.Sequence - 1);
        writer.WriteUInt64(0);
        writer.WriteUInt32(0);
        int signers = Dice.Below(3);
        writer.WriteInt32(signers);
        for (; signers > 0; signers--)
        {
            writer.WriteRaw(Dice.Chance(500) ? SignerKeyXdr.HashX(Dice.Bytes(32))
            : SignerKeyXdr.SignedPayload(Dice.Bytes(32), Dice.Bytes(Dice.Between(1, 64))));
        }
    }

    private void WriteTimeBounds(XdrWriter writer)
    {
        writer.WriteUInt64(0);
        writer.WriteUInt64(transaction.CloseTime + 100);
    }

    private byte[] Signatures() => OperationOutcome.Encoded(writer =>
    {
        int count = Dice.Below(4);
        writer.WriteInt32(count);
        for (; count > 0; count--)
        {
            writer.WriteFixedOpaque(Dice.Bytes(4));
            writer.WriteOpaque(Dice.Bytes(Dice.Chance(900) ? 64 : 32));
        }
    });
}
