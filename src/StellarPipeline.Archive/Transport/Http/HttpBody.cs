namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The body of one answer: a part of a file, from a known place on.</summary>
internal sealed class HttpBody : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly Stream stream;
    private readonly TimeSpan stallTimeout;
    private readonly CancellationTokenSource stall;

    /// <summary>Takes an answer.</summary>
    /// <param name="response">The answer; disposed with this object.</param>
    /// <param name="stream">Its body.</param>
    /// <param name="position">Where in the file the body begins.</param>
    /// <param name="end">Where in the file it ends; null when that was not said.</param>
    /// <param name="totalBytes">Size of the whole file; null when that was not said.</param>
    /// <param name="stallTimeout">Longest time without a byte.</param>
    /// <param name="timeProvider">Measures that time.</param>
    public HttpBody(
        HttpResponseMessage response, Stream stream, long position, long? end, long? totalBytes, TimeSpan stallTimeout,
        TimeProvider timeProvider)
    {
        this.response = response;
        this.stream = stream;
        this.stallTimeout = stallTimeout;
        Position = position;
        End = end;
        TotalBytes = totalBytes;
        stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
    }

    /// <summary>Where in the file the next byte is.</summary>
    public long Position { get; private set; }

    /// <summary>Where in the file the body ends; null when that is not known.</summary>
    public long? End { get; }

    /// <summary>Size of the whole file; null when that is not known.</summary>
    public long? TotalBytes { get; }

    /// <summary>Reads the next bytes.</summary>
    /// <returns>How many; 0 at the end of the body, which is where it was announced to be.</returns>
    /// <exception cref="HttpFailureException">The connection broke or stalled, or the body has another length than announced.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count = await ReadSomeAsync(destination, cancellationToken).ConfigureAwait(false);
        if (count == 0 && End > Position)
            throw HttpFailure.CutOff(End.Value - Position);
        ArchiveTelemetry.CountBytes(ArchiveTelemetry.Network, count);
        Position += count;

        // HTTP/1.1 cannot be longer than it said; HTTP/2 can, and so can a handler that is not ours.
        if (Position > End)
            throw HttpFailure.TooLong(End.Value);
        return count;
    }

    /// <summary>Reads on to a later place and drops what comes before it.</summary>
    public async Task DiscardToAsync(long position, CancellationToken cancellationToken)
    {
        byte[] block = new byte[(int)Math.Min(64 * 1024, Math.Max(1, position - Position))];
        while (Position < position)
        {
            int wanted = (int)Math.Min(block.Length, position - Position);
            if (await ReadAsync(block.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false) == 0)
                return;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        response.Dispose();
        stall.Dispose();
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        stall.CancelAfter(stallTimeout);
        CancellationTokenRegistration caller =
            cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stall);
        try
        {
            return await stream.ReadAsync(destination, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw HttpFailure.Stalled(stallTimeout, error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw HttpFailure.Broken(error);
        }
        finally
        {
            await caller.DisposeAsync().ConfigureAwait(false);
            stall.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
