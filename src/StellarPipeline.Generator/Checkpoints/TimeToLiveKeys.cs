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

    private readonly XdrWriter _key = new(256);
    private Hash256[] _hashes = new Hash256[256];
    private int _count;

    public void Dispose() => _key.Dispose();

    public void Add(EntryBuilder builder)
    {
        if (_count == Most || _count >= wanted) return;
        if (_count == _hashes.Length) Array.Resize(ref _hashes, Math.Min(_count * 2, Most));
        _key.Clear();
        builder.WriteKey(_key);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(_key.WrittenSpan, hash);
        _hashes[_count++] = new Hash256(hash);
    }

    public ReadOnlySpan<Hash256> Sort()
    {
        _hashes.AsSpan(0, _count).Sort();
        return _hashes.AsSpan(0, _count);
    }
}
