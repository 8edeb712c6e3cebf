using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Buckets;

/// <summary>One bucket being read: the stream that reads ahead, the queue, and the reader.</summary>
/// <remarks>
/// Both sides can complete the queue: the stream completes it with its error, and disposing completes it from the reader's side, which
/// wakes a stream that waits to write. Disposing waits for the stream's task and returns every unread window to the pool.
/// </remarks>
internal sealed class BucketFeed : IAsyncDisposable
{
    private readonly BucketStream stream;
    private readonly Channel<RecordWindow> windows;
    private readonly FirstFault fault;
    private readonly CancellationToken cancellationToken;
    private Task pump = Task.CompletedTask;

    /// <summary>Prepares to read a bucket.</summary>
    public BucketFeed(
        IArchiveTransport transport,
        BucketCounters counters,
        int index,
        uint ledgerProtocol,
        ArchiveReadOptions options,
        ArrayPool<byte> pool,
        FirstFault fault)
    {
        this.fault = fault;
        cancellationToken = fault.Token;
        windows = Channel.CreateBounded<RecordWindow>(
            new BoundedChannelOptions(options.WindowsPerBucket) { FullMode = BoundedChannelFullMode.Wait });
        stream = new BucketStream(transport, counters.Bucket, options, pool, counters);
        Reader = new BucketReader(counters.Bucket, index, ledgerProtocol, windows.Reader, pool, counters);
    }

    /// <summary>The reader.</summary>
    public BucketReader Reader { get; }

    /// <summary>True once the whole bucket has been read and its hash is right.</summary>
    public bool Verified => stream.Verified;

    /// <summary>Starts reading ahead.</summary>
    public void Start() => pump = Task.Run(PumpAsync, CancellationToken.None);

    /// <summary>Completes when the stream has ended, with or without an error; its error is in the shared fault.</summary>
    public Task StreamEnded => pump;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        windows.Writer.TryComplete();
        await pump.ConfigureAwait(false);
        while (windows.Reader.TryRead(out RecordWindow? window))
            window.Dispose();
        Reader.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Every error is kept in the shared fault, which the owner throws.")]
    private async Task PumpAsync()
    {
        try
        {
            await stream.PumpAsync(windows.Writer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            fault.Record(error);
        }
    }
}
