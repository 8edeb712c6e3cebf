using System.Security.Cryptography;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Gathers the key hashes of contract entries, whose TTL entries must come in the order of those hashes.</summary>
/// <remarks>32 bytes each, so no more than <see cref="Most"/> are kept.</remarks>
internal sealed class TimeToLiveKeys(long wanted) : IDisposable
{
    public const int Most = 1_000_000;

    private readonly XdrWriter key = new(256);
    private Hash256[] hashes = new Hash256[256];
    private int count;

    public void Dispose() => key.Dispose();

    public void Add(EntryBuilder builder)
    {
        if (count == Most || count >= wanted) return;
        if (count == hashes.Length) Array.Resize(ref hashes, Math.Min(count * 2, Most));
        key.Clear();
        builder.WriteKey(key);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(key.WrittenSpan, hash);
        hashes[count++] = new Hash256(hash);
    }

    public ReadOnlySpan<Hash256> Sort()
    {
        hashes.AsSpan(0, count).Sort();
        return hashes.AsSpan(0, count);
    }
}
