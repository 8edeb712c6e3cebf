using Microsoft.Win32.SafeHandles;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>State of one bucket's download, shared with its readers.</summary>
/// <remarks>One writer, any number of readers. Readers see bytes only after they have been written to the file.</remarks>
internal sealed class BucketArrival(Hash256 hash, long? expectedBytes)
{
    private readonly Lock sync = new();
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? change;
    private ArrivalState state = new() { TotalBytes = expectedBytes };
    private string path = "";

    /// <summary>The bucket.</summary>
    public Hash256 Hash => hash;

    /// <summary>Completes as soon as there is a file to read, or it is certain that there will be none.</summary>
    public Task Opened => opened.Task;

    /// <summary>The current state.</summary>
    public ArrivalState State
    {
        get
        {
            lock (sync)
                return state;
        }
    }

    /// <summary>Sets the current stage.</summary>
    public void Enter(BucketFetchStage stage) => Change(state => state with { Stage = stage });

    /// <summary>Starts a new file; readers of an earlier one must not continue.</summary>
    public void Begin(string file, long bytes, long? totalBytes)
    {
        Change(
            state => state with
            {
                Generation = state.Generation + 1,
                Bytes = bytes,
                TotalBytes = totalBytes,
                IsWhole = false,
                Stage = BucketFetchStage.Arriving
            },
            () => path = file);
        opened.TrySetResult();
    }

    /// <summary>Abandons an attempt: readers must not use its bytes.</summary>
    public void Abandon() => Change(
        state => state with { Generation = state.Generation + 1, Bytes = 0, IsWhole = false, Stage = BucketFetchStage.Waiting },
        () => path = "");

    /// <summary>Makes written bytes available to readers.</summary>
    public void Publish(long bytes) => Change(state => state with { Bytes = bytes });

    /// <summary>Marks that the last byte has been written.</summary>
    public void EndBytes() => Change(state => state with { IsWhole = true, TotalBytes = state.Bytes, Stage = BucketFetchStage.Verifying });

    /// <summary>Gives the file its final name, while no reader can open it under the old one.</summary>
    public void Rename(string file)
    {
        lock (sync)
        {
            File.Move(path, file, overwrite: true);
            path = file;
        }
    }

    /// <summary>Marks that the bucket is verified and in the cache.</summary>
    public void Finish(long bytes) =>
        End(state => state with { Stage = BucketFetchStage.Done, IsWhole = true, Bytes = bytes, TotalBytes = bytes });

    /// <summary>Marks that the archive does not contain the bucket.</summary>
    public void Miss() => End(state => state with { Stage = BucketFetchStage.Missing });

    /// <summary>Marks that the bucket cannot be fetched.</summary>
    public void Fail(Exception error) => End(state => state with { Stage = BucketFetchStage.Failed, Failure = error });

    /// <summary>Opens the file of an attempt for reading.</summary>
    /// <returns>The file, or null if that attempt was abandoned.</returns>
    public SafeFileHandle? OpenFile(int generation)
    {
        lock (sync)
        {
            return state.Generation == generation && path.Length > 0 ? BucketCache.OpenToRead(path) : null;
        }
    }

    /// <summary>Waits until the state changes.</summary>
    /// <param name="version">The version that the caller has seen.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task WaitForChangeAsync(long version, CancellationToken cancellationToken)
    {
        Task next;
        lock (sync)
        {
            if (state.Version != version)
                return Task.CompletedTask;
            change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            next = change.Task;
        }

        return next.WaitAsync(cancellationToken);
    }

    private void End(Func<ArrivalState, ArrivalState> next)
    {
        Change(next);
        opened.TrySetResult();
    }

    private void Change(Func<ArrivalState, ArrivalState> next, Action? also = null)
    {
        TaskCompletionSource? waiters;
        lock (sync)
        {
            also?.Invoke();
            state = next(state) with { Version = state.Version + 1 };
            waiters = change;
            change = null;
        }

        waiters?.TrySetResult();
    }
}
