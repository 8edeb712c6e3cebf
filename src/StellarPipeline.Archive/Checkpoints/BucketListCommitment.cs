using System.Security.Cryptography;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Computes the bucket list hash of a ledger header, which covers all buckets.</summary>
/// <remarks>
/// A level hashes its two bucket hashes, a list hashes its eleven level hashes. From protocol 23 on, the header contains the hash of both
/// list hashes (stellar-core src/bucket/BucketListBase.cpp, src/bucket/BucketManager.cpp).
/// </remarks>
internal static class BucketListCommitment
{
    /// <summary>The first protocol with a hot-archive list, with version 2 of the archive state, and with a combined hash.</summary>
    public const uint HotArchiveProtocol = StellarProtocols.HotArchive;

    /// <summary>Computes the hash of one list.</summary>
    /// <param name="levels">Its eleven levels, newest first.</param>
    public static Hash256 OfList(IReadOnlyList<BucketLevel> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        using var list = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> pair = stackalloc byte[2 * Hash256.LengthBytes];
        foreach (BucketLevel level in levels)
        {
            level.Curr.CopyTo(pair);
            level.Snap.CopyTo(pair[Hash256.LengthBytes..]);
            var levelHash = Hash256.Of(pair);
            list.AppendData(levelHash);
        }

        Hash256 hash = default;
        list.GetHashAndReset(hash);
        return hash;
    }

    /// <summary>Computes the bucket list hash that the header of the checkpoint's ledger must contain.</summary>
    /// <param name="state">The archive state.</param>
    /// <param name="protocolVersion">The protocol version in the same header.</param>
    public static Hash256 Of(ArchiveState state, uint protocolVersion)
    {
        ArgumentNullException.ThrowIfNull(state);
        Hash256 live = OfList(state.LiveLevels);
        if (protocolVersion < HotArchiveProtocol)
            return live;
        Span<byte> both = stackalloc byte[2 * Hash256.LengthBytes];
        live.CopyTo(both);
        OfList(state.HotArchiveLevels).CopyTo(both[Hash256.LengthBytes..]);
        return Hash256.Of(both);
    }
}
