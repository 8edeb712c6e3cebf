using System.Security.Cryptography;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Collects the key hashes of contract entries; TTL entries must be written in the order of these hashes.</summary>
/// <remarks>At most <see cref="Most"/> hashes of 32 bytes are kept, to limit memory.</remarks>
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
