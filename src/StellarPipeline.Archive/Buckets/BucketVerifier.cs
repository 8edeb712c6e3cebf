using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Reads one bucket to its end and checks every rule that applies to a bucket by itself.</summary>
/// <remarks>
/// Checked: the hash, framing, metadata, the arms and types that its list allows, strict key order, and that every record decodes. The
/// buckets of a hot-archive list are proved this way, because no merge reads them.
/// </remarks>
public static class BucketVerifier
{
    /// <summary>Verifies a bucket.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="proof">The checkpoint that names the bucket.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="options">Buffer sizes and limits; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The counts of what the bucket contains.</returns>
    /// <exception cref="ArchiveException">The bucket is missing, damaged, or breaks a rule.</exception>
    public static Task<BucketCounters> VerifyAsync(
        HistoryArchive archive,
        CheckpointProof proof,
        BucketReference bucket,
        ArchiveReadOptions? options = null,
        CancellationToken cancellationToken = default) =>
        VerifyAsync(archive, proof, bucket, options, ArrayPool<byte>.Shared, cancellationToken);

    [SuppressMessage("Design", "CA1031",
        Justification = "Every error is kept in the shared fault, which is thrown once everything has stopped.")]
    internal static async Task<BucketCounters> VerifyAsync(
        HistoryArchive archive,
        CheckpointProof proof,
        BucketReference bucket,
        ArchiveReadOptions? options,
        ArrayPool<byte> pool,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(proof);
        options ??= new ArchiveReadOptions();
        options.Validate();
        using var fault = new FirstFault(cancellationToken);
        var counters = new BucketCounters(bucket);
        var feed = new BucketFeed(archive.Transport, counters, index: 0, proof.ProtocolVersion, options, pool, fault);
        try
        {
            feed.Start();
            await ReadToEndAsync(feed.Reader, fault.Token).ConfigureAwait(false);
            await feed.StreamEnded.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            fault.Record(error);
        }

        await feed.DisposeAsync().ConfigureAwait(false);
        fault.ThrowIfAny();
        if (!feed.Verified)
            ArchiveThrow.NotReadToEnd(bucket);
        return counters;
    }

    private static async Task ReadToEndAsync(BucketReader reader, CancellationToken cancellationToken)
    {
        CursorState state;
        while ((state = reader.Advance()) != CursorState.End)
        {
            if (state == CursorState.Record)
                LedgerEntryCheck.Require(reader);
            else
                await reader.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
