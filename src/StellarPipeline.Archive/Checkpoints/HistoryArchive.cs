using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A Stellar history archive: finds its checkpoints and proves them.</summary>
/// <remarks>Safe for use by several callers at once; it keeps nothing that it read.</remarks>
public sealed class HistoryArchive
{
    // Small requests, most of whose time is the way to the server and back.
    private const int QuestionsAtOnce = 6;

    private readonly HistoryArchiveOptions options;
    private readonly TimeProvider timeProvider;

    /// <summary>Makes an archive over a transport.</summary>
    /// <param name="transport">How its files are read.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <param name="timeProvider">Tells how old a checkpoint is; null for the system's clock.</param>
    public HistoryArchive(IArchiveTransport transport, HistoryArchiveOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Transport = transport;
        this.options = options ?? new HistoryArchiveOptions();
        this.timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>How its files are read.</summary>
    public IArchiveTransport Transport { get; }

    /// <summary>Which ledgers end a checkpoint.</summary>
    public CheckpointSchedule Schedule => options.Schedule;

    /// <summary>Makes an archive for a folder, given as a path or as a <c>file://</c> URL.</summary>
    /// <param name="location">The archive's root: the folder that holds <c>.well-known</c>.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <exception cref="ArchiveException">The place is not one that can be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HistoryArchive Open(string location, HistoryArchiveOptions? options = null) =>
        new(ArchiveTransport.Create(location), options);

    /// <summary>Finds the newest checkpoint that any place of the archive names. Nothing of it is proved.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its ledger.</returns>
    /// <exception cref="ArchiveException">There is no archive, or nothing was published yet, or its checkpoints do not fit the
    /// schedule.</exception>
    public async Task<uint> LatestCheckpointAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<PlaceState> states =
            await new NewestStates(Transport, options, timeProvider).AskAsync(cancellationToken).ConfigureAwait(false);
        return states.Max(state => state.Newest)!.Value;
    }

    /// <summary>
    /// Chooses a checkpoint and proves it. No bucket is read. For the newest one, every place of the archive is asked, and the newest that
    /// at least one of them can prove is taken; where files of it are not there, that is the one before.
    /// </summary>
    /// <param name="checkpoint">A ledger that ends a checkpoint; null for the newest.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The checkpoint, with remarks about the choice.</returns>
    /// <exception cref="ArchiveException">
    /// The ledger ends no checkpoint, the archive has it not, something does not agree, or the checkpoint is older than
    /// <see cref="HistoryArchiveOptions.MaxAge"/>.
    /// </exception>
    public async Task<ChosenCheckpoint> ChooseCheckpointAsync(uint? checkpoint, CancellationToken cancellationToken = default)
    {
        if (checkpoint is { } given)
            return new ChosenCheckpoint(await OpenCheckpointAsync(given, cancellationToken).ConfigureAwait(false), []);
        IReadOnlyList<PlaceState> states =
            await new NewestStates(Transport, options, timeProvider).AskAsync(cancellationToken).ConfigureAwait(false);
        ChosenCheckpoint chosen = await new NewestCheckpoint(this, states).FindAsync(cancellationToken).ConfigureAwait(false);
        RequireAge(chosen.Proof);
        return CheckpointAge.Remark(chosen.Proof, timeProvider.GetUtcNow()) is { } age
            ? chosen with { Remarks = [.. chosen.Remarks, age] }
            : chosen;
    }

    /// <summary>Opens a checkpoint: reads its archive state and proves it by its ledger headers. No bucket is read.</summary>
    /// <param name="checkpoint">A ledger that ends a checkpoint.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="ArchiveException">
    /// The ledger ends no checkpoint, the archive has it not, something does not agree, or the checkpoint is older than
    /// <see cref="HistoryArchiveOptions.MaxAge"/>.
    /// </exception>
    public async Task<CheckpointProof> OpenCheckpointAsync(uint checkpoint, CancellationToken cancellationToken = default)
    {
        Schedule.Require(checkpoint);
        IReadOnlyList<IArchiveTransport> places = Transport is IArchivePlaces { Places: var several } ? several : [];
        CheckpointProof proof = await ProveAsync(checkpoint, places, cancellationToken).ConfigureAwait(false);
        RequireAge(proof);
        return await ConfirmAsync(proof, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Announces that the buckets of a checkpoint will be read. An archive behind a <see cref="CachingTransport"/> makes room for those
    /// that its cache lacks and begins to fetch them, several at a time, while others may read them already; for any other archive this
    /// does nothing.
    /// </summary>
    /// <param name="proof">The checkpoint.</param>
    /// <param name="cancellationToken">Stops the asking; downloads that were begun go on until the transport is disposed.</param>
    /// <returns>What is there and what is being fetched; null without a cache.</returns>
    /// <exception cref="ArchiveException">A bucket is missing, the archive cannot be asked, or there is not enough room, which names how
    /// much is needed.</exception>
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

    /// <summary>
    /// Waits until all buckets of a plan that <see cref="PrefetchAsync"/> has begun are in the cache, verified. Then they are as near as a
    /// folder.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops the wait; the downloads go on until the transport is disposed.</param>
    /// <exception cref="ArchiveException">A bucket cannot be fetched. It is the first such error.</exception>
    /// <exception cref="InvalidOperationException">The archive has no cache.</exception>
    public Task WaitForBucketsAsync(BucketFetchPlan plan, CancellationToken cancellationToken = default) =>
        Transport is CachingTransport cache
            ? new BucketPrefetcher(cache).FetchAsync(plan, cancellationToken)
            : throw new InvalidOperationException("Only an archive behind a cache fetches buckets ahead.");

    /// <summary>
    /// Finds out how many stored (compressed) bytes some buckets have together. Those whose size is not known count nothing.
    /// </summary>
    /// <param name="buckets">The buckets.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <exception cref="ArchiveException">The archive cannot be asked.</exception>
    public async Task<long> FindStoredBytesAsync(IEnumerable<BucketReference> buckets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var sizes = new ConcurrentBag<long>();
        await Parallel.ForEachAsync(buckets, new ParallelOptions
        {
            MaxDegreeOfParallelism = QuestionsAtOnce,
            CancellationToken = cancellationToken,
        }, AddAsync).ConfigureAwait(false);
        return sizes.Aggregate(0L, ByteCount.Add);

        async ValueTask AddAsync(BucketReference bucket, CancellationToken token)
        {
            ArchiveFileSize size = await ArchiveSizes.FindAsync(Transport, ArchivePath.Bucket(bucket.Hash), token).ConfigureAwait(false);
            sizes.Add(size.Bytes ?? 0);
        }
    }

    /// <summary>
    /// Proves a checkpoint by files of any place, else by those of one place alone: one that gives something else must not hide those that
    /// do not.
    /// </summary>
    internal async Task<CheckpointProof> ProveAsync(
        uint checkpoint, IReadOnlyList<IArchiveTransport> places, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo failure;
        try
        {
            return await ProveAtAsync(Transport, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (ArchiveException error) when (places.Count > 1)
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }

        bool isAhead = failure.SourceException is ArchiveException { Code: ArchiveErrorCode.ProtocolUnsupported };
        foreach (IArchiveTransport place in places)
        {
            try
            {
                return await ProveAtAsync(place, checkpoint, cancellationToken).ConfigureAwait(false);
            }
            catch (ArchiveException error)
            {
                // The first error says most: it is that of all places together. But no place that is damaged may hide that a newer program
                // is needed.
                if (error.Code == ArchiveErrorCode.ProtocolUnsupported && !isAhead)
                    (failure, isAhead) = (ExceptionDispatchInfo.Capture(error), true);
            }
        }

        failure.Throw();
        throw new UnreachableException();
    }

    /// <summary>Asks those who were to confirm a checkpoint.</summary>
    internal Task<CheckpointProof> ConfirmAsync(CheckpointProof proof, CancellationToken cancellationToken) =>
        proof.ConfirmAsync(options, cancellationToken);

    /// <summary>Makes sure that the archive has every bucket of a checkpoint. Offline the cache says so when it is read.</summary>
    /// <exception cref="ArchiveException">It has not (code BUCKET_MISSING), or cannot be asked.</exception>
    internal async Task RequireBucketsAsync(CheckpointProof proof, CancellationToken cancellationToken)
    {
        if (Transport is CachingTransport { Options.IsOffline: true })
            return;
        var bounded = new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(proof.AllBuckets(), bounded, RequireAsync).ConfigureAwait(false);

        async ValueTask RequireAsync(BucketReference bucket, CancellationToken token)
        {
            if (!(await ArchiveSizes.FindAsync(Transport, ArchivePath.Bucket(bucket.Hash), token).ConfigureAwait(false)).IsFound)
                throw ArchiveThrow.BucketMissing(bucket, Transport.Location);
        }
    }

    private void RequireAge(CheckpointProof proof)
    {
        TimeSpan age = timeProvider.GetUtcNow() - proof.CloseTime;
        TimeSpan most = options.MaxAge;
        if (most != Timeout.InfiniteTimeSpan && age > most)
            ArchiveThrow.CheckpointTooOld(proof.Checkpoint, proof.CloseTime, age, most, Transport.Location);
    }

    private async Task<CheckpointProof> ProveAtAsync(IArchiveTransport place, uint checkpoint, CancellationToken cancellationToken)
    {
        string file = ArchivePath.State(checkpoint);
        ArchiveState? state = await ArchiveStateParser.ReadAsync(place, file, cancellationToken).ConfigureAwait(false);
        if (state is null)
        {
            // The root is written beside the checkpoint's own state, in no certain order, with the same content.
            ArchiveState? root = await ArchiveStateParser.ReadAsync(place, ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
            if (root is null || root.CurrentLedger != checkpoint)
                throw ArchiveThrow.StateMissing(file, checkpoint, place.Location, root?.CurrentLedger);
            file = ArchivePath.RootState;
            state = root;
        }

        return await CheckpointProof.VerifyAsync(place, checkpoint, state, file, options, cancellationToken).ConfigureAwait(false);
    }
}
