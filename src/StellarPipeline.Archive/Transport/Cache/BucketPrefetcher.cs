using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Fetches all buckets of a checkpoint into the cache, several at the same time; they can be read while they arrive.</summary>
internal sealed class BucketPrefetcher
{
    private readonly CachingTransport transport;

    /// <summary>Creates a prefetcher.</summary>
    /// <param name="transport">The archive and its cache.</param>
    public BucketPrefetcher(CachingTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        this.transport = transport;
    }

    /// <summary>Finds out what must be fetched, and makes room for it. Buckets already in the cache are kept from now on.</summary>
    /// <param name="buckets">The buckets that will be needed; duplicates count once.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArchiveException">
    /// A bucket is not in the archive (code BUCKET_MISSING) or, offline, not in the cache (OFFLINE_MISSING); it is larger than
    /// <see cref="BucketCacheOptions.MaxBucketBytes"/> in the only archive (SIZE_LIMIT); the archive cannot be read; or there is not enough
    /// room (CACHE_DISK_FULL or CACHE_TOO_SMALL, kind usage): the message says how much is needed.
    /// </exception>
    public async Task<BucketFetchPlan> PlanAsync(
        IReadOnlyCollection<BucketReference> buckets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var present = new List<BucketPin>();
        var missing = new List<BucketReference>();
        foreach (BucketReference bucket in buckets.DistinctBy(bucket => bucket.Hash))
        {
            if (transport.TryPin(bucket.Hash) is { } pin)
                present.Add(pin);
            else
                missing.Add(bucket);
        }

        long leftover = 0;
        long?[] sizes = new long?[missing.Count];
        if (!transport.Options.IsOffline)
        {
            var bounded =
                new ParallelOptions { MaxDegreeOfParallelism = transport.Options.Downloads, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, missing.Count, bounded, FindSizeAsync).ConfigureAwait(false);
            leftover =
                missing.Select((bucket, i) =>
                    transport.IsArriving(bucket.Hash) ? 0 : Math.Min(transport.Cache.LeftoverBytes(bucket.Hash), sizes[i] ?? 0)).Sum();
        }

        var plan = new BucketFetchPlan(
            [.. present.Select(pin => pin.Hash)],
            present.Sum(pin => pin.Proof.StoredBytes),
            Order([.. missing.Select((bucket, i) => KeyValuePair.Create(bucket.Hash, sizes[i]))]),
            leftover);

        transport.Cache.Space.Require(
            [.. plan.Missing.Select(bucket => KeyValuePair.Create(bucket.Key, bucket.Value ?? 0))],
            RoomWanted.ForPlan(missing.Count, plan.MissingOfUnknownSize));
        return plan;

        async ValueTask FindSizeAsync(int index, CancellationToken token) =>
            sizes[index] = await SizeAsync(missing[index], token).ConfigureAwait(false);
    }

    /// <summary>Starts to fetch the buckets of a plan without waiting: the readers of a bucket follow it and receive its errors.</summary>
    /// <param name="plan">The plan.</param>
    public void Begin(BucketFetchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach ((Hash256 hash, long? bytes) in plan.Missing)
            transport.Arrive(hash, bytes);
    }

    /// <summary>Fetches the buckets of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Cancels the wait; the downloads continue until the transport is disposed.</param>
    /// <returns>A task that completes when every bucket is in the cache.</returns>
    /// <exception cref="ArchiveException">A bucket cannot be fetched. The first such error is thrown; the other downloads continue until
    /// the transport is disposed.</exception>
    public async Task FetchAsync(BucketFetchPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        List<Task> fetches = [.. plan.Missing.Select(bucket => FetchOneAsync(bucket.Key, bucket.Value))];
        while (fetches.Count > 0)
        {
            Task ended = await Task.WhenAny(fetches).WaitAsync(cancellationToken).ConfigureAwait(false);
            fetches.Remove(ended);
            await ended.ConfigureAwait(false);
        }
    }

    private async Task FetchOneAsync(Hash256 hash, long? bytes)
    {
        (BucketArrival arrival, Task run) = transport.Arrive(hash, bytes);
        await run.ConfigureAwait(false);
        ArrivalState state = arrival.State;
        if (state.Failure is not null)
            throw CacheThrow.ArrivalFailed(hash, state.Failure);
        if (state.Stage == BucketFetchStage.Missing)
        {
            throw transport.Options.IsOffline
                ? CacheThrow.OfflineBucket(
                    hash, transport.Cache.Folder, transport.Archive.Location, transport.Cache.LeftoverBytes(hash) > 0)
                : CacheThrow.BucketGone(hash, transport.Archive.Location);
        }
    }

    private async ValueTask<long?> SizeAsync(BucketReference bucket, CancellationToken cancellationToken)
    {
        ArchiveFileSize size =
            await ArchiveSizes.FindAsync(transport.Archive, ArchivePath.Bucket(bucket.Hash), cancellationToken).ConfigureAwait(false);
        if (!size.IsFound)
            throw ArchiveThrow.BucketMissing(bucket, transport.Archive.Location);
        long most = transport.Cache.Options.MaxBucketBytes;
        if (size.Bytes is null || size.Bytes <= most)
            return size.Bytes;

        // Only one of several locations was asked: another one may have the bucket in its right size.
        if (transport.Archive is not IArchiveFeedback)
            ArchiveThrow.BucketTooLarge(bucket, most);
        return null;
    }

    // Alternate from both ends: the largest bucket first because it takes longest, the smallest ones with it because the merge needs the
    // first bytes of every bucket.
    private static List<KeyValuePair<Hash256, long?>> Order(List<KeyValuePair<Hash256, long?>> missing)
    {
        missing.Sort((left, right) => Nullable.Compare(right.Value, left.Value));
        var order = new List<KeyValuePair<Hash256, long?>>(missing.Count);
        for (int i = 0; i < missing.Count; i++)
            order.Add(i % 2 == 0 ? missing[i / 2] : missing[^((i / 2) + 1)]);
        return order;
    }
}
