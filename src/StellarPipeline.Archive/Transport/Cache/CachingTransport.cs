using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Reads an archive through a bucket cache: each bucket is fetched once, verified, and kept.</summary>
/// <remarks>
/// Opening a bucket that is not in the cache starts its download; it can be read meanwhile, and its stream ends only after the bucket is
/// verified. Files of checkpoints always come from the archive, and copies of them are kept for offline use. An opened bucket stays in the
/// cache until this transport is disposed.
/// Thread-safe. Disposing it stops the downloads, keeps their bytes, and disposes the archive's transport.
/// </remarks>
public sealed class CachingTransport : IArchiveTransport, IArchiveFileSizes, IArchivePlaces, IAsyncDisposable
{
    private readonly IArchiveTransport archive;
    private readonly CachingTransportOptions options;
    private readonly CheckpointStore checkpoints;
    private readonly DownloadSlots slots;
    private readonly TimeProvider timeProvider;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock sync = new();
    private readonly Dictionary<Hash256, BucketPin> pins = [];
    private readonly Dictionary<Hash256, (BucketArrival Arrival, Task Run)> arrivals = [];
    private readonly ConcurrentDictionary<Hash256, BucketArrival> seen = new();
    private long fetchedBytes;
    private int wrongCopies;
    private int replacedCopies;
    private bool disposed;

    /// <summary>Creates a transport.</summary>
    /// <param name="archive">The archive; disposed with this transport. Never used offline.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    /// <param name="timeProvider">Clock for waits; null for the system's clock.</param>
    /// <exception cref="ArchiveException">An option is out of range (kind usage, code OPTIONS).</exception>
    public CachingTransport(
        IArchiveTransport archive, BucketCache cache, CachingTransportOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(cache);
        this.archive = archive;
        Cache = cache;
        this.options = options ?? new CachingTransportOptions();
        this.options.Validate();
        this.timeProvider = timeProvider ?? TimeProvider.System;
        checkpoints = new CheckpointStore(cache.Layout, this.options.Scope, archive.Location);
        slots = new DownloadSlots(this.options.Downloads);
        Location = this.options.IsOffline ? $"the cache {cache.Folder} (offline)" : archive.Location;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>
    /// The locations of the archive, to be read separately; copies of their checkpoint files are kept. Offline, the cache is the only one.
    /// </summary>
    public IReadOnlyList<IArchiveTransport> Places => !options.IsOffline && archive is IArchivePlaces { Places: { Count: > 1 } places }
        ? [.. places.Select(place => new CopyingPlace(place, checkpoints))]
        : [this];

    /// <summary>The cache.</summary>
    public BucketCache Cache { get; }

    /// <summary>Bytes of buckets fetched from the archive. Only grows.</summary>
    public long FetchedBytes => Volatile.Read(ref fetchedBytes);

    /// <summary>Number of bucket copies from the archive that turned out to be wrong. Only grows.</summary>
    public int WrongCopies => Volatile.Read(ref wrongCopies);

    /// <summary>
    /// Number of bucket copies that were discarded after readers could follow them: those of <see cref="WrongCopies"/>, damaged parts of an
    /// earlier run, and files that changed while they were fetched. Only grows. If a load fails and this number has grown, the load may
    /// have read from such a copy: try it again.
    /// </summary>
    public int ReplacedCopies => Volatile.Read(ref replacedCopies);

    /// <summary>Progress of every requested bucket; buckets that were in the cache from the beginning are done.</summary>
    public IReadOnlyList<BucketFetchStatus> Status => [.. seen.Values.Select(StatusOf)];

    internal IArchiveTransport Archive => archive;

    internal CachingTransportOptions Options => options;

    /// <inheritdoc/>
    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (!TryParseBucket(path, out Hash256 hash))
        {
            return options.IsOffline
                ? OpenOffline(path, offset)
                : await checkpoints.OpenAsync(archive, path, offset, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            if (TryPin(hash) is { } pin)
                return new ArchiveObject(new CachedBucketStream(pin, offset), pin.File, Math.Max(0, pin.Proof.StoredBytes - offset));
            (BucketArrival arrival, Task run) = Arrive(hash, expectedBytes: null);
            await (options.FollowsArrivals ? arrival.Opened : run).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (Follow(arrival, offset) is { } following)
                return following;

            // The download has ended or is about to end; only then is the bucket in the cache.
            await run.WaitAsync(cancellationToken).ConfigureAwait(false);
            ArrivalState end = arrival.State;
            if (end.Failure is not null)
                throw CacheThrow.ArrivalFailed(hash, end.Failure);
            if (end.Stage == BucketFetchStage.Missing)
            {
                return options.IsOffline
                    ? throw CacheThrow.OfflineBucket(hash, Cache.Folder, archive.Location, Cache.LeftoverBytes(hash) > 0)
                    : null;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (TryParseBucket(path, out Hash256 hash) && TryPin(hash) is { } pin)
            return new ArchiveFileSize(IsFound: true, pin.Proof.StoredBytes);
        if (seen.TryGetValue(hash, out BucketArrival? arriving) && arriving.State.TotalBytes is { } bytes)
            return new ArchiveFileSize(IsFound: true, bytes);
        if (!options.IsOffline)
            return await ArchiveSizes.FindAsync(archive, path, cancellationToken).ConfigureAwait(false);
        ArchiveObject? copy = checkpoints.Open(path, offset: 0);
        return new ArchiveFileSize(copy is not null, copy?.LengthBytes);
    }

    /// <summary>Decides whether to repeat a failed read, because it may have read from a copy of a bucket that was replaced.</summary>
    /// <param name="error">The error of the read.</param>
    /// <param name="replacedCopiesBefore"><see cref="ReplacedCopies"/> at the start of the read.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// True if such a copy was replaced and every started download is complete and verified: the next read cannot fail for this reason.
    /// False if no copy was replaced: the error stands.
    /// </returns>
    /// <exception cref="ArchiveException">No correct copy of a bucket can be fetched.</exception>
    public async Task<bool> HasReplacedAsync(
        PipelineException error, int replacedCopiesBefore, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.Kind is not (FailureKind.Archive or FailureKind.NetworkAhead))
            return false;

        // A copy is known to be wrong only when its last byte has arrived, which may be after a reader has failed on it.
        Task? verdict = null;
        if (error is ArchiveException { File: { } file } && ReplacedCopies == replacedCopiesBefore)
        {
            lock (sync)
                verdict = arrivals.Values.FirstOrDefault(arriving => ArchivePath.BucketFileName(arriving.Arrival.Hash) == file).Run;
        }

        await (verdict ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (ReplacedCopies == replacedCopiesBefore)
            return false;
        await WaitForArrivalsAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (sync)
        {
            if (disposed)
                return;
            disposed = true;
            running = [.. arrivals.Values.Select(entry => entry.Run)];
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        foreach (BucketPin pin in pins.Values)
            pin.Dispose();
        stop.Dispose();
        (archive as IDisposable)?.Dispose();
    }

    /// <summary>Pins a bucket in the cache until this transport is disposed.</summary>
    internal BucketPin? TryPin(Hash256 hash)
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (pins.TryGetValue(hash, out BucketPin? held) && held.IsTrusted)
                return held;
            if (pins.Remove(hash, out held))
                held.Dispose();
            if (Cache.TryPin(hash, out _) is not { } pin)
                return null;
            Keep(pin);
            return pin;
        }
    }

    /// <summary>Starts to fetch a bucket, unless it is already arriving.</summary>
    /// <returns>The arriving bucket, and a task that completes without an error when its download has ended.</returns>
    internal (BucketArrival Arrival, Task Run) Arrive(Hash256 hash, long? expectedBytes)
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (arrivals.TryGetValue(hash, out (BucketArrival Arrival, Task Run) running))
                return running;
            var arrival = new BucketArrival(hash, expectedBytes);
            seen[hash] = arrival;

            // On another thread, and listed before it can complete.
            running = (arrival, Task.Run(() => DownloadAsync(arrival), CancellationToken.None));
            arrivals[hash] = running;
            return running;
        }
    }

    /// <summary>True if a bucket is being written to the cache, into room reserved for it.</summary>
    internal bool IsArriving(Hash256 hash) =>
        seen.TryGetValue(hash, out BucketArrival? arrival)
            && arrival.State.Stage is BucketFetchStage.Arriving or BucketFetchStage.Verifying;

    // Throws the first known failure, without waiting for the other downloads.
    private async Task WaitForArrivalsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach ((Hash256 hash, BucketArrival arrival) in seen)
            {
                if (arrival.State.Failure is { } failure)
                    throw CacheThrow.ArrivalFailed(hash, failure);
            }

            Task[] running;
            lock (sync)
                running = [.. arrivals.Values.Select(entry => entry.Run)];
            if (running.Length == 0)
                return;
            await Task.WhenAny(running).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Every error is handed to those who read the bucket.")]
    private async Task DownloadAsync(BucketArrival arrival)
    {
        var download = new BucketDownload(
            archive,
            Cache,
            slots,
            arrival,
            count => Interlocked.Add(ref fetchedBytes, count),
            () => Interlocked.Increment(ref wrongCopies),
            () => Interlocked.Increment(ref replacedCopies),
            timeProvider,
            options.Logger);
        BucketPin? pin = null;
        Exception? failure = null;
        try
        {
            pin = await download.RunAsync(options.IsOffline, stop.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
        }

        lock (sync)
        {
            arrivals.Remove(arrival.Hash);
            if (pin is not null)
                Keep(pin);
        }

        if (failure is not null)
            arrival.Fail(failure);
        else if (pin is null)
            arrival.Miss();
        else
            arrival.Finish(pin.Proof.StoredBytes);
    }

    private void Keep(BucketPin pin)
    {
        if (!pins.TryAdd(pin.Hash, pin))
            pin.Dispose();
        if (seen.ContainsKey(pin.Hash))
            return;
        ArchiveLog.CacheHit(options.Logger, pin.Hash.ToString(), pin.Proof.StoredBytes);
        var arrived = new BucketArrival(pin.Hash, pin.Proof.StoredBytes);
        arrived.Finish(pin.Proof.StoredBytes);
        seen[pin.Hash] = arrived;
    }

    private static ArchiveObject? Follow(BucketArrival arrival, long offset)
    {
        ArrivalState state = arrival.State;
        if (state.Failure is not null)
            throw CacheThrow.ArrivalFailed(arrival.Hash, state.Failure);
        if (state.Stage is BucketFetchStage.Done or BucketFetchStage.Missing)
            return null;
        long? rest = state.TotalBytes is { } total ? Math.Max(0, total - offset) : null;
        return new ArchiveObject(new FollowingStream(arrival, offset), ArchivePath.Bucket(arrival.Hash), rest);
    }

    private ArchiveObject? OpenOffline(string path, long offset)
    {
        // The state of a checkpoint may be the archive's root state, so its absence is not an error if there is one.
        bool mayBeAbsent = path.StartsWith("history/", StringComparison.Ordinal) && checkpoints.Has(ArchivePath.RootState);
        ArchiveObject? copy = checkpoints.Open(path, offset);
        return copy is not null || mayBeAbsent ? copy : throw CacheThrow.OfflineFile(path, Cache.Folder, archive.Location);
    }

    private static bool TryParseBucket(string path, out Hash256 hash)
    {
        hash = default;
        const string End = ".xdr.gz";
        int digits = 2 * Hash256.LengthBytes;
        return path.Length > digits + End.Length
            && Hash256.TryParse(path.AsSpan(path.Length - End.Length - digits, digits), out hash)
            && !hash.IsZero
            && path == ArchivePath.Bucket(hash);
    }

    private static BucketFetchStatus StatusOf(BucketArrival arrival)
    {
        ArrivalState state = arrival.State;
        return new BucketFetchStatus(arrival.Hash, state.Stage, state.Bytes, state.TotalBytes);
    }
}
