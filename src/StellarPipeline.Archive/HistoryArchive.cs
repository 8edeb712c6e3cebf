using System.Collections.Concurrent;

namespace StellarPipeline.Archive;

/// <summary>A Stellar history archive: finds its checkpoints and proves them.</summary>
/// <remarks>Safe for use by several callers at once; it keeps nothing that it read.</remarks>
public sealed class HistoryArchive
{
    // Small requests, most of whose time is the way to the server and back.
    private const int QuestionsAtOnce = 6;

    private readonly HistoryArchiveOptions options;

    /// <summary>Makes an archive over a transport.</summary>
    /// <param name="transport">How its files are read.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    public HistoryArchive(IArchiveTransport transport, HistoryArchiveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Transport = transport;
        this.options = options ?? new HistoryArchiveOptions();
    }

    /// <summary>How its files are read.</summary>
    public IArchiveTransport Transport { get; }

    /// <summary>Which ledgers end a checkpoint.</summary>
    public CheckpointSchedule Schedule => options.Schedule;

    /// <summary>Makes an archive for a folder, given as a path or as a <c>file://</c> URL.</summary>
    /// <param name="location">The archive's root: the folder that holds <c>.well-known</c>.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <exception cref="ArchiveException">The place is not one that can be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HistoryArchive Open(string location, HistoryArchiveOptions? options = null) => new(ArchiveTransport.Create(location), options);

    /// <summary>Finds the newest checkpoint.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its ledger.</returns>
    /// <exception cref="ArchiveException">There is no archive, or nothing was published yet, or its checkpoints do not fit the schedule.</exception>
    public async Task<uint> LatestCheckpointAsync(CancellationToken cancellationToken = default)
    {
        ArchiveState? root = await ReadStateAsync(ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
        if (root is null)
            throw ArchiveThrow.RootStateMissing(ArchivePath.RootState, Transport.Location);
        if (root.CurrentLedger == 0)
            ArchiveThrow.NothingPublished(ArchivePath.RootState, Transport.Location);
        if (!Schedule.IsCheckpoint(root.CurrentLedger))
            ArchiveThrow.FrequencyMismatch(ArchivePath.RootState, root.CurrentLedger, Schedule.Frequency);
        return root.CurrentLedger;
    }

    /// <summary>Opens a checkpoint: reads its archive state and proves it by its ledger headers. No bucket is read.</summary>
    /// <param name="checkpoint">A ledger that ends a checkpoint.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="ArchiveException">The ledger ends no checkpoint, the archive has it not, or something does not agree.</exception>
    public async Task<CheckpointProof> OpenCheckpointAsync(uint checkpoint, CancellationToken cancellationToken = default)
    {
        Schedule.Require(checkpoint);
        string file = ArchivePath.State(checkpoint);
        ArchiveState? state = await ReadStateAsync(file, cancellationToken).ConfigureAwait(false);
        if (state is null)
        {
            // The root is written beside the checkpoint's own state, in no certain order, with the same content.
            ArchiveState? root = await ReadStateAsync(ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
            if (root is null || root.CurrentLedger != checkpoint)
                throw ArchiveThrow.StateMissing(file, checkpoint, Transport.Location, root?.CurrentLedger);
            file = ArchivePath.RootState;
            state = root;
        }

        return await CheckpointProof.VerifyAsync(Transport, checkpoint, state, file, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Announces that the buckets of a checkpoint will be read. An archive behind a <see cref="CachingTransport"/> makes room for those that its cache lacks and
    /// begins to fetch them, several at a time, while others may read them already; for any other archive this does nothing.
    /// </summary>
    /// <param name="proof">The checkpoint.</param>
    /// <param name="cancellationToken">Stops the asking; downloads that were begun go on until the transport is disposed.</param>
    /// <returns>What is there and what is being fetched; null without a cache.</returns>
    /// <exception cref="ArchiveException">A bucket is missing, the archive cannot be asked, or there is not enough room, which names how much is needed.</exception>
    public async Task<BucketFetchPlan?> PrefetchAsync(CheckpointProof proof, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (Transport is not CachingTransport cache)
            return null;
        var prefetcher = new BucketPrefetcher(cache);
        BucketFetchPlan plan = await prefetcher.PlanAsync(proof.AllBuckets(), cancellationToken).ConfigureAwait(false);
        prefetcher.Begin(plan);
        return plan;
    }

    /// <summary>Waits until all buckets of a plan that <see cref="PrefetchAsync"/> has begun are in the cache, verified. Then they are as near as a folder.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops the wait; the downloads go on until the transport is disposed.</param>
    /// <exception cref="ArchiveException">A bucket cannot be fetched. It is the first such error.</exception>
    /// <exception cref="InvalidOperationException">The archive has no cache.</exception>
    public Task WaitForBucketsAsync(BucketFetchPlan plan, CancellationToken cancellationToken = default) => Transport is CachingTransport cache
        ? new BucketPrefetcher(cache).FetchAsync(plan, cancellationToken)
        : throw new InvalidOperationException("Only an archive behind a cache fetches buckets ahead.");

    /// <summary>Finds out how many stored (compressed) bytes some buckets have together. Those whose size is not known count nothing.</summary>
    /// <param name="buckets">The buckets.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <exception cref="ArchiveException">The archive cannot be asked.</exception>
    public async Task<long> FindStoredBytesAsync(IEnumerable<BucketReference> buckets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var sizes = new ConcurrentBag<long>();
        await Parallel.ForEachAsync(buckets, new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken }, AddAsync).ConfigureAwait(false);
        return sizes.Aggregate(0L, ByteCount.Add);

        async ValueTask AddAsync(BucketReference bucket, CancellationToken token)
        {
            ArchiveFileSize size = await ArchiveSizes.FindAsync(Transport, ArchivePath.Bucket(bucket.Hash), token).ConfigureAwait(false);
            sizes.Add(size.Bytes ?? 0);
        }
    }

    private async Task<ArchiveState?> ReadStateAsync(string file, CancellationToken cancellationToken)
    {
        byte[]? json = await ArchiveFile.ReadStoredAsync(Transport, file, ArchiveStateParser.MaximumBytes, cancellationToken).ConfigureAwait(false);
        return json is null ? null : ArchiveStateParser.Parse(json, file);
    }
}
