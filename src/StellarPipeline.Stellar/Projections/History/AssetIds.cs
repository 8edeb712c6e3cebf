using System.Runtime.InteropServices;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Caches contract ids of assets: computing the SHA-256 costs more than the rest of a row.</summary>
/// <remarks>Holds at most <see cref="MaxCount"/> assets and then starts again, so that no ledger can make it grow without limit.</remarks>
internal sealed class AssetIds(StellarNetwork network)
{
    private const int MaxCount = 1 << 16;
    private const int CountStart = 1024;
    private const int MaxAssetBytes = 52;
    private const int IdBytes = 32;

    private readonly ulong seed = (ulong)Random.Shared.NextInt64();
    private int[] slots = new int[2 * CountStart];
    private byte[] assets = new byte[CountStart * MaxAssetBytes];
    private byte[] ids = new byte[CountStart * IdBytes];
    private int count;

    /// <summary>The contract id of an asset.</summary>
    /// <param name="asset">The native asset or an issued one.</param>
    /// <returns>32 bytes, valid until the next call.</returns>
    public ReadOnlySpan<byte> Of(AssetView asset) => asset.IsNative ? network.NativeContractId : Of(asset.RawCode, asset.Issuer);

    /// <summary>The contract id of an issued asset.</summary>
    /// <param name="rawCode">The code as stored: 4 or 12 bytes with trailing zeros.</param>
    /// <param name="issuer">The issuer's key, 32 bytes.</param>
    /// <returns>32 bytes, valid until the next call.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> rawCode, ReadOnlySpan<byte> issuer)
    {
        // Zeros after a short code are part of the key: a code of 4 bytes and one of 12 bytes are different assets, even with the same
        // letters.
        Span<byte> key = stackalloc byte[MaxAssetBytes];
        key.Clear();
        rawCode.CopyTo(key);
        issuer.CopyTo(key[16..]);
        key[48] = (byte)rawCode.Length;

        int slot = (int)Hash(key) & (slots.Length - 1);
        for (; slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
        {
            int known = slots[slot] - 1;
            if (assets.AsSpan(known * MaxAssetBytes, MaxAssetBytes).SequenceEqual(key)) return ids.AsSpan(known * IdBytes, IdBytes);
        }

        if (2 * count >= slots.Length)
        {
            Grow();
            return Of(rawCode, issuer);
        }

        slots[slot] = count + 1;
        key.CopyTo(assets.AsSpan(count * MaxAssetBytes));
        Span<byte> id = ids.AsSpan(count * IdBytes, IdBytes);
        AssetContractId.OfRawCode(network.Id, rawCode, issuer, id);
        count++;
        return id;
    }

    private void Grow()
    {
        if (count == MaxCount)
        {
            count = 0;
            Array.Clear(slots);
            return;
        }

        Array.Resize(ref assets, 2 * count * MaxAssetBytes);
        Array.Resize(ref ids, 2 * count * IdBytes);
        slots = new int[4 * count];
        for (int known = 0; known < count; known++)
        {
            int slot = (int)Hash(assets.AsSpan(known * MaxAssetBytes, MaxAssetBytes)) & (slots.Length - 1);
            while (slots[slot] != 0) slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = known + 1;
        }
    }

    private ulong Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = seed;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(key[..48]))
        {
            ulong high = Math.BigMul(hash ^ word, 0x9E3779B97F4A7C15, out ulong low);
            hash = high ^ low;
        }

        return hash;
    }
}
