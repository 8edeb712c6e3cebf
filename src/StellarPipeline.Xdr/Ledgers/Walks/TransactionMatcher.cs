using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Hashes the envelopes of a transaction set and finds the envelope of each result: their orders differ.</summary>
/// <remarks>
/// A hash is SHA-256 over the network id, the envelope type and the transaction without its signatures (<c>TransactionSignaturePayload</c>
/// in Stellar-transaction.x). A version-0 transaction is hashed as the equivalent version-1 transaction. If a hash occurs several times,
/// each result gets a different envelope.
/// </remarks>
internal sealed class TransactionMatcher
{
    private const int PrefixBytes = 36;
    private const int KeyTypeBytes = 4;
    private const int Taken = -1;

    private readonly byte[] networkId;
    private byte[] payload = new byte[4096];
    private byte[] hashes = [];

    // Open addressing by the first bytes of the hash: index of the envelope + 1, or 0. Envelopes with the same hash form a list: index of
    // the next one + 1, or 0, or Taken for an envelope that has its result.
    private int[] slots = [];
    private int[] next = [];

    public TransactionMatcher(ReadOnlySpan<byte> networkId)
    {
        this.networkId = networkId.ToArray();
        networkId.CopyTo(payload);
    }

    public void Match(ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int count = layout.Envelopes.Count;
        if (count != layout.Transactions.Count)
        {
            throw new LedgerFormatException(
                layout.Header.Sequence, 0, 0, 0,
                $"The transaction set has {count} transactions, but {layout.Transactions.Count} results. "
                + "The ledger is damaged: fetch it again.");
        }

        Prepare(count);
        for (int envelope = 0; envelope < count; envelope++)
        {
            Span<byte> hash = HashOf(envelope);
            Hash(ledger, layout.Envelopes.At(envelope), hash);
            int slot = SlotOf(hash);
            next[envelope] = slots[slot];
            slots[slot] = envelope + 1;
        }

        for (int transaction = 0; transaction < count; transaction++)
        {
            ref TransactionPlace place = ref layout.Transactions.At(transaction);
            place.Envelope = Take(ledger.Slice(place.PairOffset, Wire.HashBytes));
            if (place.Envelope < 0)
            {
                string hash = Convert.ToHexStringLower(ledger.Slice(place.PairOffset, Wire.HashBytes));
                throw new LedgerFormatException(
                    layout.Header.Sequence, transaction + 1, 0, place.PairOffset,
                    $"No transaction of the set has the hash {hash}, which this result names. "
                    + "The ledger belongs to another network than the one given, or is damaged.");
            }
        }
    }

    private void Prepare(int count)
    {
        if (hashes.Length < count * Wire.HashBytes)
            hashes = new byte[2 * count * Wire.HashBytes];
        if (next.Length < count)
            next = new int[2 * count];
        int slotCount = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * count));
        if (slots.Length < slotCount)
            slots = new int[slotCount];
        Array.Clear(slots);
    }

    private int Take(ReadOnlySpan<byte> hash)
    {
        int slot = SlotOf(hash);
        int envelope = slots[slot] - 1;
        if (envelope < 0 || next[envelope] == Taken)
            return -1;
        if (next[envelope] != 0)
            slots[slot] = next[envelope];
        else
            next[envelope] = Taken;
        return envelope;
    }

    // The slot that contains the hash, or the free one where it would be.
    private int SlotOf(ReadOnlySpan<byte> hash)
    {
        int slot = MemoryMarshal.Read<int>(hash) & (slots.Length - 1);
        while (slots[slot] != 0 && !HashOf(slots[slot] - 1).SequenceEqual(hash))
            slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }

    private Span<byte> HashOf(int envelope) => hashes.AsSpan(envelope * Wire.HashBytes, Wire.HashBytes);

    private void Hash(ReadOnlySpan<byte> ledger, in EnvelopePlace envelope, Span<byte> hash)
    {
        bool isVersion0 = envelope.Type == EnvelopeType.TransactionV0;
        int start = isVersion0 ? PrefixBytes + KeyTypeBytes : PrefixBytes;
        int bytes = start + envelope.HashedLength;
        if (payload.Length < bytes)
        {
            payload = new byte[2 * bytes];
            networkId.CopyTo(payload, 0);
        }

        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(Wire.HashBytes), (int)(isVersion0 ? EnvelopeType.Transaction : envelope.Type));
        if (isVersion0)
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(PrefixBytes), 0);
        ledger.Slice(envelope.HashedOffset, envelope.HashedLength).CopyTo(payload.AsSpan(start));
        SHA256.HashData(payload.AsSpan(0, bytes), hash);
    }
}
