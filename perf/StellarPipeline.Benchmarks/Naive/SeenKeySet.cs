using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A set of all seen keys with one array per key, as in loaders without a merge.</summary>
internal sealed class SeenKeySet
{
    private readonly HashSet<byte[]> keys = new(new BytesComparer());

    /// <returns>False if the set already contained the key.</returns>
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
