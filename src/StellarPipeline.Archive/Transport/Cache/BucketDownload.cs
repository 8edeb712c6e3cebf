using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Dataflow.Files;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>
/// Fetches one bucket into the cache: one process at a time, verified while it arrives, retried as long as there are locations to fetch it
/// from.
/// </summary>
/// <remarks>
/// Failure: an <see cref="ArchiveException"/> if the archive cannot be read, there is not enough room, or every copy is wrong. Fetched
/// bytes stay in the cache as a part for the next run, unless they were wrong.
/// </remarks>
internal sealed class BucketDownload(
    IArchiveTransport transport,
    BucketCache cache,
    DownloadSlots slots,
    BucketArrival arrival,
    Action<long> countFetched,
    Action countWrongCopy,
    Action countReplacedCopy,
    TimeProvider timeProvider,
    ILogger logger)
{
    // More copies than any archive has; it only prevents an endless loop.
    private const int MaxCopies = 16;

    private readonly Hash256 hash = arrival.Hash;
    private int wrongCopies;
    private int changes;

    /// <summary>Runs until the bucket is in the cache.</summary>
    /// <param name="isOffline">True if nothing may be fetched: then only an unproved file in the cache is verified.</param>
    /// <param name="cancellationToken">Cancels the download.</param>
    /// <returns>The bucket, or null if the archive (offline: the cache) does not contain it.</returns>
    public async Task<BucketPin?> RunAsync(bool isOffline, CancellationToken cancellationToken)
    {
        while (true)
        {
            BucketPin? pin = cache.TryPin(hash, out bool isBusy);
            if (pin is not null)
                return pin;
            CacheLock? own = isBusy ? null : cache.TryLock(hash);
            if (own is null)
            {
                arrival.Enter(BucketFetchStage.WaitingForOtherProcess);
                await Backoff.Steady(cache.Options.PollInterval, timeProvider).WaitAsync(1, cancellationToken).ConfigureAwait(false);
                continue;
            }

            using (own)
            {
                // Another process may have finished between the check and the lock.
                if (!cache.Contains(hash) && !await FillAsync(isOffline, cancellationToken).ConfigureAwait(false))
                    return null;
            }
        }
    }

    private async Task<bool> FillAsync(bool isOffline, CancellationToken cancellationToken)
    {
        arrival.Enter(BucketFetchStage.Waiting);
        CachePart? part = cache.TakeLeftover(hash);
        if (part is { IsWhole: true } && await AdoptAsync(part, cancellationToken).ConfigureAwait(false))
            return true;
        if (isOffline)
            return false;
        using IDisposable slot = await slots.EnterAsync(arrival.State.TotalBytes ?? 0, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            ArchiveLog.CacheMiss(logger, hash.ToString());
            part = part is not null && File.Exists(part.Path) ? part : new CachePart(cache.Layout.NewPart(hash), 0, IsWhole: false);
            var transfer = new BucketTransfer(transport, cache, arrival, countFetched);
            try
            {
                return await AttemptAsync(transfer, part, cancellationToken).ConfigureAwait(false);
            }
            catch (ArchiveException error) when (BucketVerification.IsWrongContent(error))
            {
                Replace(part);
                if (!MayTryAnother(transfer))
                    throw CacheThrow.EveryCopyWrong(hash, wrongCopies, transport.Location, error);
            }
            catch (ArchiveException error) when (error.Code == TransportErrorCode.FileChanged && ++changes < MaxCopies)
            {
                Replace(part);
            }

            part = null;
        }
    }

    // A user has copied the file here, or its proof was lost: verify it before fetching anything.
    private async Task<bool> AdoptAsync(CachePart part, CancellationToken cancellationToken)
    {
        var local = new BucketArrival(hash, part.Bytes);
        local.Begin(part.Path, part.Bytes, part.Bytes);
        local.EndBytes();
        arrival.Enter(BucketFetchStage.Verifying);
        try
        {
            BucketProof proof =
                await BucketVerification.RunAsync(local, cache.Options.MaxBucketBytes, cancellationToken).ConfigureAwait(false);
            local.Rename(cache.Layout.Data(hash));
            cache.WriteProof(hash, proof);
            return true;
        }
        catch (ArchiveException error) when (BucketVerification.IsWrongContent(error))
        {
            if (error.Code != ArchiveErrorCode.GzipTruncated)
                BucketCache.Remove(part.Path);
            return false;
        }
        finally
        {
            arrival.Enter(BucketFetchStage.Waiting);
        }
    }

    private async Task<bool> AttemptAsync(BucketTransfer transfer, CachePart part, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = Open(part.Path);
        using Activity? activity = ArchiveTelemetry.StartFetch(hash);
        try
        {
            if (!await transfer.OpenAsync(file, part, cancellationToken).ConfigureAwait(false))
                return false;
            if (transfer.IsResumed)
                ArchiveLog.Resumed(logger, hash.ToString(), part.Bytes);
            BucketProof proof = await MoveAndVerifyAsync(transfer, file, part.Path, cancellationToken).ConfigureAwait(false);
            Commit(file, part.Path, proof);
            return true;
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            throw;
        }
        finally
        {
            await transfer.CloseAsync().ConfigureAwait(false);

            // The next run resumes a non-empty part.
            if (RandomAccess.GetLength(file) == 0)
                GiveUp(part);
        }
    }

    [SuppressMessage("Design", "CA1031",
        Justification = "Every error is kept in the shared fault, which is thrown once both have stopped.")]
    private async Task<BucketProof> MoveAndVerifyAsync(
        BucketTransfer transfer, SafeFileHandle file, string name, CancellationToken cancellationToken)
    {
        using var fault = new FirstFault(cancellationToken);
        BucketProof? proof = null;
        var verification = Task.Run(
            async () =>
            {
                try
                {
                    proof = await BucketVerification.RunAsync(arrival, cache.Options.MaxBucketBytes, fault.Token).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    fault.Record(error);
                }
            },
            CancellationToken.None);
        try
        {
            await transfer.RunAsync(file, name, fault.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            fault.Record(error);
        }

        await verification.ConfigureAwait(false);
        fault.ThrowIfAny();
        return proof!;
    }

    private void Commit(SafeFileHandle file, string name, BucketProof proof)
    {
        string final = cache.Layout.Data(hash);
        try
        {
            // The bytes must be on the disk before the name and the proof exist.
            cache.Volume.Flush(file);
            arrival.Rename(final);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (CacheVolume.IsFull(error))
                throw CacheThrow.DiskFull(name, proof.StoredBytes, proof.StoredBytes, error);
            throw CacheThrow.FileUnusable(final, error);
        }

        cache.WriteProof(hash, proof);
        arrival.Finish(proof.StoredBytes);
        ArchiveLog.Fetched(logger, hash.ToString(), proof.StoredBytes);
    }

    // Count first: a reader that fails because the copy was discarded must see the new count.
    private void Replace(CachePart part)
    {
        ArchiveLog.CopyReplaced(logger, hash.ToString());
        countReplacedCopy();
        GiveUp(part);
    }

    private void GiveUp(CachePart part)
    {
        arrival.Abandon();
        BucketCache.Remove(part.Path);
    }

    private bool MayTryAnother(BucketTransfer transfer)
    {
        // The wrong bytes may come from an old part; then everything is fetched again and no location is blamed.
        if (transfer.IsResumed)
            return true;
        wrongCopies++;
        countWrongCopy();
        if (wrongCopies >= MaxCopies)
            return false;

        // With only one archive, bytes may have been damaged in transit: try once more, but not forever.
        return transport is IArchiveFeedback feedback
            ? feedback.ReportWrongContent(ArchivePath.Bucket(hash), transfer.Source!)
            : wrongCopies == 1;
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            // Do not follow a link that another user may have created since the check.
            return OperatingSystem.IsLinux()
                ? GuardedFile.Open(Path.GetDirectoryName(path)!, Path.GetFileName(path), makes: true)!
                : File.OpenHandle(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(path, error);
        }
    }
}
