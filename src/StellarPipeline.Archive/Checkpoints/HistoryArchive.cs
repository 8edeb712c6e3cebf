using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A Stellar history archive: finds its checkpoints and proves them.</summary>
/// <remarks>Thread-safe; keeps nothing that it has read.</remarks>
public sealed class HistoryArchive
{
    // The requests are small; most of their time is the round trip.
    private const int QuestionsAtOnce = 6;

    private readonly HistoryArchiveOptions options;
    private readonly TimeProvider timeProvider;

    /// <summary>Creates an archive that reads its files through a transport.</summary>
    /// <param name="transport">Reads the files.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <param name="timeProvider">Clock for the age of a checkpoint; null for the system's clock.</param>
    public HistoryArchive(IArchiveTransport transport, HistoryArchiveOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Transport = transport;
        this.options = options ?? new HistoryArchiveOptions();
        this.timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>The transport that reads the files.</summary>
    public IArchiveTransport Transport { get; }

    /// <summary>Which ledgers end a checkpoint.</summary>
    public CheckpointSchedule Schedule => options.Schedule;

    /// <summary>Opens an archive in a folder, given as a path or as a <c>file://</c> URL.</summary>
    /// <param name="location">The archive's root: the folder that contains <c>.well-known</c>.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <exception cref="ArchiveException">The location cannot be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HistoryArchive Open(string location, HistoryArchiveOptions? options = null) =>
        new(ArchiveTransport.Create(location), options);

    /// <summary>Finds the newest checkpoint that any location of the archive names. It is not proved.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Its ledger.</returns>
    /// <exception cref="ArchiveException">There is no archive, it has not published a checkpoint, or its checkpoints do not match the
    /// schedule.</exception>
    public async Task<uint> LatestCheckpointAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<PlaceState> states =
            await new NewestStates(Transport, options, timeProvider).AskAsync(cancellationToken).ConfigureAwait(false);
        return states.Max(state => state.Newest)!.Value;
    }

    /// <summary>
    /// Chooses a checkpoint and proves it. No bucket is read. To find the newest one, every location of the archive is asked; the newest
    /// checkpoint that at least one location can prove is chosen. If files of it are missing, the checkpoint before it is chosen.
    /// </summary>
    /// <param name="checkpoint">A ledger that ends a checkpoint; null for the newest checkpoint.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The checkpoint, with remarks about the choice.</returns>
    /// <exception cref="ArchiveException">
    /// The ledger does not end a checkpoint, the archive does not contain it, a check failed, or the checkpoint is older than
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
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="ArchiveException">
    /// The ledger does not end a checkpoint, the archive does not contain it, a check failed, or the checkpoint is older than
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
    /// Announces that the buckets of a checkpoint will be read. An archive with a <see cref="CachingTransport"/> makes room for the missing
    /// buckets and starts to fetch several at a time; they can already be read while they arrive. For any other archive this does nothing.
    /// </summary>
    /// <param name="proof">The checkpoint.</param>
    /// <param name="cancellationToken">Cancels the request; downloads that have started continue until the transport is disposed.</param>
    /// <returns>What is in the cache and what is being fetched; null without a cache.</returns>
    /// <exception cref="ArchiveException">A bucket is missing, the archive cannot be read, or there is not enough room; the message then
    /// says how much is needed.</exception>
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

    /// <summary>Waits until all buckets of a plan from <see cref="PrefetchAsync"/> are in the cache and verified.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Cancels the wait; the downloads continue until the transport is disposed.</param>
    /// <exception cref="ArchiveException">A bucket cannot be fetched; the first such error is thrown.</exception>
    /// <exception cref="InvalidOperationException">The archive has no cache.</exception>
    public Task WaitForBucketsAsync(BucketFetchPlan plan, CancellationToken cancellationToken = default) =>
        Transport is CachingTransport cache
            ? new BucketPrefetcher(cache).FetchAsync(plan, cancellationToken)
            : throw new InvalidOperationException("Only an archive with a cache can prefetch buckets.");

    /// <summary>Sums the stored (compressed) sizes of some buckets, in bytes. Buckets of unknown size count as 0.</summary>
    /// <param name="buckets">The buckets.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ArchiveException">The archive cannot be read.</exception>
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
    /// Proves a checkpoint with files of any location; if that fails, with the files of each location alone, so that one with wrong files
    /// does not hide the good ones.
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
                // The first error says most: it covers all locations together. But a damaged location must not hide that a newer program is
                // needed.
                if (error.Code == ArchiveErrorCode.ProtocolUnsupported && !isAhead)
                    (failure, isAhead) = (ExceptionDispatchInfo.Capture(error), true);
            }
        }

        failure.Throw();
        throw new UnreachableException();
    }

    /// <summary>Compares a checkpoint with the archives that should confirm it.</summary>
    internal Task<CheckpointProof> ConfirmAsync(CheckpointProof proof, CancellationToken cancellationToken) =>
        proof.ConfirmAsync(options, cancellationToken);

    /// <summary>
    /// Checks that the archive contains every bucket of a checkpoint. Offline, a missing bucket is reported when it is read.
    /// </summary>
    /// <exception cref="ArchiveException">A bucket is missing (code BUCKET_MISSING), or the archive cannot be read.</exception>
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
            // The root state is written next to the checkpoint's own state, in no fixed order, with the same content.
            ArchiveState? root = await ArchiveStateParser.ReadAsync(place, ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
            if (root is null || root.CurrentLedger != checkpoint)
                throw ArchiveThrow.StateMissing(file, checkpoint, place.Location, root?.CurrentLedger);
            file = ArchivePath.RootState;
            state = root;
        }

        return await CheckpointProof.VerifyAsync(place, checkpoint, state, file, options, cancellationToken).ConfigureAwait(false);
    }
}
