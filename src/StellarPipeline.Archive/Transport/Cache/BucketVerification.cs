using System.Buffers;
using System.Security.Cryptography;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Decompresses and hashes a bucket while it arrives.</summary>
internal static class BucketVerification
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Verifies the file of an arrival, from its first byte to its last.</summary>
    /// <param name="arrival">The bucket, followed until its last byte has arrived.</param>
    /// <param name="maxContentBytes">Size limit in uncompressed bytes.</param>
    /// <param name="cancellationToken">Cancels the verification.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="ArchiveException">The content is damaged, truncated, too large, or not that of the bucket.</exception>
    public static async Task<BucketProof> RunAsync(BucketArrival arrival, long maxContentBytes, CancellationToken cancellationToken)
    {
        string file = ArchivePath.BucketFileName(arrival.Hash);
        var builder = new BucketProofBuilder();
        var source =
            new ArchiveObject(new FollowingStream(arrival, offset: 0, endsBeforeVerification: true, builder), file, lengthBytes: null);
        var reader = new GunzipReader(source, file, ArrayPool<byte>.Shared);
        await using (reader.ConfigureAwait(false))
        {
            byte[] start = new byte[ContentHint.StartBytes];
            Hash256 found = await HashAsync(reader, arrival.Hash, start, maxContentBytes, cancellationToken).ConfigureAwait(false);
            ArchiveTelemetry.CountBucket(found == arrival.Hash, ArchiveTelemetry.Download);
            if (found != arrival.Hash)
            {
                CacheThrow.ContentHash(
                    arrival.Hash, found, reader.ContentBytes, start.AsSpan(0, (int)Math.Min(start.Length, reader.ContentBytes)));
            }

            return builder.End(reader.ContentBytes);
        }
    }

    /// <summary>True for errors that mean wrong bytes, and not bytes that could not be read.</summary>
    public static bool IsWrongContent(ArchiveException error) =>
        error.Code is ArchiveErrorCode.BucketHash or ArchiveErrorCode.GzipCorrupt or ArchiveErrorCode.GzipTruncated
            or ArchiveErrorCode.GzipTrailing
            or ArchiveErrorCode.SizeLimit;

    private static async Task<Hash256> HashAsync(
        GunzipReader reader, Hash256 expected, byte[] start, long maxContentBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            int count;
            while ((count = await reader.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (reader.ContentBytes > maxContentBytes)
                    ArchiveThrow.BucketTooLarge(expected, maxContentBytes);
                hash.AppendData(block.AsSpan(0, count));
                long before = reader.ContentBytes - count;
                if (before < start.Length)
                    block.AsSpan(0, (int)Math.Min(count, start.Length - before)).CopyTo(start.AsSpan((int)before));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        Hash256 found = default;
        hash.GetHashAndReset(found);
        return found;
    }
}
