namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The body of one response: a part of a file, from a known position.</summary>
internal sealed class HttpBody : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly Stream stream;
    private readonly TimeSpan stallTimeout;
    private readonly CancellationTokenSource stall;

    /// <summary>Takes ownership of a response.</summary>
    /// <param name="response">The response; disposed with this object.</param>
    /// <param name="stream">Its body.</param>
    /// <param name="position">Position in the file where the body begins.</param>
    /// <param name="end">Position in the file where it ends; null if unknown.</param>
    /// <param name="totalBytes">Size of the whole file in bytes; null if unknown.</param>
    /// <param name="stallTimeout">Longest time without a byte.</param>
    /// <param name="timeProvider">Clock for that time.</param>
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

    /// <summary>Position in the file of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>Position in the file where the body ends; null if unknown.</summary>
    public long? End { get; }

    /// <summary>Size of the whole file in bytes; null if unknown.</summary>
    public long? TotalBytes { get; }

    /// <summary>Reads the next bytes.</summary>
    /// <returns>Number of bytes; 0 at the announced end of the body.</returns>
    /// <exception cref="HttpFailureException">The connection broke or stalled, or the body does not have the announced length.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count = await ReadSomeAsync(destination, cancellationToken).ConfigureAwait(false);
        if (count == 0 && End > Position)
            throw HttpFailure.CutOff(End.Value - Position);
        ArchiveTelemetry.CountBytes(ArchiveTelemetry.Network, count);
        Position += count;

        // An HTTP/1.1 body cannot be longer than announced; an HTTP/2 body can, and so can one of a custom handler.
        if (Position > End)
            throw HttpFailure.TooLong(End.Value);
        return count;
    }

    /// <summary>Reads up to a later position and discards the bytes before it.</summary>
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
