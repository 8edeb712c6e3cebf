using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Archive.Buckets;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Reads every live ledger entry of a proved checkpoint once, in key order, in constant memory.</summary>
/// <remarks>
/// All buckets are read at the same time: each is decompressed and hashed ahead of the merge, in bounded windows. A read that ends without
/// an error has read every bucket to its last byte and verified its hash. Entries are delivered before that, so discard them if the read
/// fails. A source is read once; any thread may read the counters meanwhile.
/// </remarks>
public sealed class CheckpointEntrySource
{
    // A separate pool: buffers are rented by one thread and returned by another. The shared pool drops many of those, which costs 15 to 20
    // MiB of heap.
    private const int MaxPooledBytes = 1024 * 1024;

    // Enough for the windows of 21 buckets and the chunks on their way to the decoder.
    private const int BuffersKeptPerSize = 256;

    private readonly HistoryArchive archive;
    private readonly CheckpointProof proof;
    private readonly ArchiveReadOptions options;
    private readonly ArrayPool<byte> pool;
    private readonly MergeClock clock = new();
    private int reads;

    private CheckpointEntrySource(HistoryArchive archive, CheckpointProof proof, ArchiveReadOptions options, ArrayPool<byte> pool)
    {
        this.archive = archive;
        this.proof = proof;
        this.options = options;
        this.pool = pool;

        // A bucket that is listed twice is read once: its newer position overrides the older one completely.
        Buckets = proof.State.Buckets(BucketListKind.Live).DistinctBy(bucket => bucket.Hash).ToArray();
        Counters = Buckets.Select(bucket => new BucketCounters(bucket)).ToArray();
    }

    /// <summary>The buckets that are read, newest first; <see cref="EntryRecord.BucketIndex"/> is an index into this list.</summary>
    public IReadOnlyList<BucketReference> Buckets { get; }

    /// <summary>Protocol version in the checkpoint's ledger header.</summary>
    public uint ProtocolVersion => proof.ProtocolVersion;

    /// <summary>What has been read so far, for each of <see cref="Buckets"/>.</summary>
    public IReadOnlyList<BucketCounters> Counters { get; }

    /// <summary>True while at least one bucket is being fetched or decompressed: a wait of the merge is then not a stall.</summary>
    public bool IsReading => Counters.Any(bucket => bucket.IsReading);

    /// <summary>Time that the merge spent waiting for buckets; long if reading and decompressing are the bottleneck.</summary>
    public TimeSpan WaitForBuckets => clock.InputWait;

    /// <summary>Time that the merge spent handing over chunks; long if the consumer is the bottleneck.</summary>
    public TimeSpan WaitForConsumer => clock.OutputWait;

    /// <summary>Creates a source.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="proof">A proved checkpoint of it.</param>
    /// <param name="options">Sizes and limits; null for the defaults.</param>
    /// <exception cref="ArchiveException">An option is out of range (kind usage, code OPTIONS).</exception>
    public static CheckpointEntrySource Create(HistoryArchive archive, CheckpointProof proof, ArchiveReadOptions? options = null) =>
        Create(archive, proof, options, ArrayPool<byte>.Create(MaxPooledBytes, BuffersKeptPerSize));

    /// <summary>Reads all live entries.</summary>
    /// <param name="emit">Receives the chunks, one at a time, and must dispose each, even if it fails. The merge continues when it
    /// returns.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>A task that completes when the read has stopped: every stream is closed, and all memory except that of emitted chunks is
    /// returned.</returns>
    /// <exception cref="ArchiveException">A bucket is missing, damaged, or breaks a rule; the first such error is thrown.</exception>
    /// <exception cref="InvalidOperationException">The source has already been read.</exception>
    public Task ReadAsync(Func<EntryChunk, CancellationToken, ValueTask> emit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emit);
        if (Interlocked.Increment(ref reads) != 1)
            throw new InvalidOperationException("A checkpoint entry source can be read only once: create another one.");
        return Task.Run(() => ReadAllAsync(emit, cancellationToken), CancellationToken.None);
    }

    /// <summary>Describes where an entry came from, for messages.</summary>
    /// <param name="bucketIndex">An index into <see cref="Buckets"/>.</param>
    /// <param name="recordOffset">Where its record begins, in uncompressed bytes.</param>
    /// <returns>Text such as <c>byte 233,472 of bucket-77aa….xdr.gz (uncompressed offset; live level 3 snap), checkpoint
    /// 57,000,063</c>.</returns>
    public string DescribeLocation(int bucketIndex, long recordOffset)
    {
        BucketReference bucket = Buckets[bucketIndex];
        return FormattableString.Invariant(
            $"byte {recordOffset:N0} of {bucket.FileName} (uncompressed offset; {bucket.Position}), checkpoint {proof.Checkpoint:N0}");
    }

    internal static CheckpointEntrySource Create(
        HistoryArchive archive, CheckpointProof proof, ArchiveReadOptions? options, ArrayPool<byte> pool)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(proof);
        options ??= new ArchiveReadOptions();
        options.Validate();
        return new CheckpointEntrySource(archive, proof, options, pool);
    }

    [SuppressMessage("Design", "CA1031",
        Justification = "Every error is kept in the shared fault, which is thrown once everything has stopped.")]
    private async Task ReadAllAsync(Func<EntryChunk, CancellationToken, ValueTask> emit, CancellationToken cancellationToken)
    {
        using var fault = new FirstFault(cancellationToken);
        BucketFeed[] feeds = Counters
            .Select((counters, index) => new BucketFeed(archive.Transport, counters, index, proof.ProtocolVersion, options, pool, fault))
            .ToArray();
        try
        {
            foreach (BucketFeed feed in feeds)
                feed.Start();
            using var merger = new EntryMerger(feeds.Select(feed => feed.Reader).ToArray(), options, pool, clock);
            await merger.RunAsync(emit, fault.Token).ConfigureAwait(false);
            foreach (BucketFeed feed in feeds)
                await feed.StreamEnded.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            fault.Record(error);
        }

        foreach (BucketFeed feed in feeds)
            await feed.DisposeAsync().ConfigureAwait(false);
        fault.ThrowIfAny();
        foreach (BucketFeed feed in feeds)
        {
            if (!feed.Verified)
                ArchiveThrow.NotReadToEnd(feed.Reader.Bucket);
        }
    }
}
