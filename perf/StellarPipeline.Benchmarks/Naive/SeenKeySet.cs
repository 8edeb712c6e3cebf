using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A set of all keys seen: one array per key, as loaders keep it that do not merge.</summary>
internal sealed class SeenKeySet
{
    private readonly HashSet<byte[]> keys = new(new BytesComparer());

    /// <returns>False when the key was there before.</returns>
    public bool Add(LedgerEntryType type, ReadOnlySpan<byte> body)
    {
        byte[] key = new byte[1 + body.Length];
        key[0] = (byte)type;
        body.CopyTo(key.AsSpan(1));
        return keys.Add(key);
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
