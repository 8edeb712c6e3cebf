using System.Security.Cryptography;

namespace StellarPipeline.Generator.Writing;

/// <summary>Hashes bucket lists as in ledger headers (stellar-core BucketListBase.cpp, BucketManager.cpp).</summary>
internal static class BucketListHash
{
    /// <summary>The hash of one list: SHA-256 of the level hashes; each is the SHA-256 of current and snapshot hash.</summary>
    /// <param name="levels">Current and snapshot hash of each level, 64 hex digits, level 0 first.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] OfList(IEnumerable<(string Curr, string Snap)> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        using var list = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string curr, string snap) in levels)
        {
            list.AppendData(SHA256.HashData([.. Convert.FromHexString(curr), .. Convert.FromHexString(snap)]));
        }

        return list.GetHashAndReset();
    }

    /// <summary>The bucket list hash of a header: the live list's hash; from protocol 23 on, SHA-256 of both lists' hashes.</summary>
    /// <param name="protocol">The header's protocol.</param>
    /// <param name="live">Hash of the live list.</param>
    /// <param name="hotArchive">Hash of the hot archive's list.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] OfHeader(uint protocol, byte[] live, byte[] hotArchive) =>
        protocol < 23 ? live : SHA256.HashData([.. live, .. hotArchive]);
}
