using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>The distinct credit assets of a load with their row ids, which are computed once per asset.</summary>
/// <remarks>
/// An asset is identified by its text, <c>CODE:ISSUER</c>, as in the database. Look-ups take no lock: an entry is complete before its slot
/// is published. Memory: 64 bytes per asset and 12 to 24 for its slot. The hash is seeded per table, because anybody may create issuers
/// with any bytes.
/// </remarks>
internal sealed class TrustlineAssetTable
{
    // An entry: issuer, code padded with zeros, length of the code, three bytes unused, row id.
    private const int EntryBytes = 64;
    private const int CodeAt = 32;
    private const int MaxCodeBytes = 12;
    private const int KeyBytes = CodeAt + MaxCodeBytes;
    private const int CodeLengthAt = KeyBytes;
    private const int IdAt = 48;
    private const int KeyWords = 6;

    // 64 KiB stays below the large object heap.
    private const int SegmentEntries = 1024;
    private const int FirstSlots = 4096;

    private readonly Lock gate = new();
    private readonly ulong[] multipliers = new ulong[KeyWords];
    private byte[]?[] segments = new byte[16][];

    // A slot: 32 bits of the hash in the upper half, index + 1 in the lower half; 0 means free. Comparing the hash bits avoids a cache miss
    // for most non-matching entries.
    private ulong[] slots = new ulong[FirstSlots];
    private int count;

    public TrustlineAssetTable()
    {
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(multipliers.AsSpan()));
        for (int i = 0; i < multipliers.Length; i++) multipliers[i] |= 1;
    }

    /// <summary>Number of distinct assets. Lower indexes are valid, in the order in which the assets were added.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Issuer's key, 32 bytes.</summary>
    public ReadOnlySpan<byte> Issuer(int index) => Entry(index)[..CodeAt];

    /// <summary>Asset code without padding.</summary>
    public ReadOnlySpan<byte> Code(int index) => Entry(index).Slice(CodeAt, Entry(index)[CodeLengthAt]);

    /// <summary>Row id, 16 bytes.</summary>
    public ReadOnlySpan<byte> Id(int index) => Entry(index)[IdAt..];

    /// <summary>Finds an asset, and adds it if it is missing.</summary>
    /// <param name="code">Asset code without trailing zeros, at most 12 bytes.</param>
    /// <param name="issuer">Issuer's key, 32 bytes.</param>
    /// <returns>The asset's row id, 16 bytes.</returns>
    /// <exception cref="EntryRejectedException">The code is new and cannot be stored as text.</exception>
    public ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> code, ReadOnlySpan<byte> issuer)
    {
        Span<byte> key = stackalloc byte[KeyWords * sizeof(ulong)];
        key[CodeAt..].Clear();
        issuer[..CodeAt].CopyTo(key);
        code.CopyTo(key[CodeAt..]);
        ulong hash = Hash(key);
        int found = Find(Volatile.Read(ref slots), key, hash);
        return Id(found >= 0 ? found : Add(key, hash, code.Length));
    }

    private ReadOnlySpan<byte> Entry(int index) =>
        Volatile.Read(ref segments)[index / SegmentEntries].AsSpan(index % SegmentEntries * EntryBytes, EntryBytes);

    private int Find(ulong[] table, ReadOnlySpan<byte> key, ulong hash)
    {
        int mask = table.Length - 1;
        for (int at = (int)(hash >> 32) & mask; ; at = (at + 1) & mask)
        {
            ulong slot = Volatile.Read(ref table[at]);
            if (slot == 0) return -1;
            int index = (int)(uint)slot - 1;
            if (slot >> 32 == (uint)hash && Entry(index)[..KeyBytes].SequenceEqual(key[..KeyBytes])) return index;
        }
    }

    private int Add(ReadOnlySpan<byte> key, ulong hash, int codeLength)
    {
        lock (gate)
        {
            // Another worker may have added it, or the table may have grown, since the first search.
            int found = Find(slots, key, hash);
            if (found >= 0) return found;
            EntryRejectedException.ThrowIfNotText(key.Slice(CodeAt, codeLength), "asset code");
            if ((count + 1) * 3L > slots.Length * 2L) Grow();

            int index = count;
            WriteEntry(SegmentOf(index).AsSpan(index % SegmentEntries * EntryBytes, EntryBytes), key, codeLength);
            Volatile.Write(ref count, index + 1);
            Publish(slots, index, hash);
            return index;
        }
    }

    private byte[] SegmentOf(int index)
    {
        int segment = index / SegmentEntries;
        if (segment == segments.Length)
        {
            byte[]?[] more = new byte[segments.Length * 2][];
            segments.CopyTo(more, 0);
            Volatile.Write(ref segments, more);
        }

        return segments[segment] ??= new byte[SegmentEntries * EntryBytes];
    }

    private static void WriteEntry(Span<byte> entry, ReadOnlySpan<byte> key, int codeLength)
    {
        key[..KeyBytes].CopyTo(entry);
        entry[CodeLengthAt] = (byte)codeLength;
        Span<byte> name = stackalloc byte[AssetName.MaxBytes];
        int nameBytes = AssetName.Write(key.Slice(CodeAt, codeLength), key[..CodeAt], name);
        DeterministicId.OfAsset(name[..nameBytes], entry[IdAt..]);
    }

    private void Grow()
    {
        ulong[] larger = new ulong[slots.Length * 2];
        Span<byte> key = stackalloc byte[KeyWords * sizeof(ulong)];
        key.Clear();
        for (int index = 0; index < count; index++)
        {
            Entry(index)[..KeyBytes].CopyTo(key);
            Publish(larger, index, Hash(key));
        }

        Volatile.Write(ref slots, larger);
    }

    private static void Publish(ulong[] table, int index, ulong hash)
    {
        int mask = table.Length - 1;
        int at = (int)(hash >> 32) & mask;
        while (table[at] != 0) at = (at + 1) & mask;
        Volatile.Write(ref table[at], (hash << 32) | (uint)(index + 1));
    }

    private ulong Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = 0;
        for (int word = 0; word < KeyWords; word++)
        {
            hash = BitOperations.RotateLeft(
                (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key[(word * sizeof(ulong))..])) * multipliers[word], 29);
        }

        return hash;
    }
}
