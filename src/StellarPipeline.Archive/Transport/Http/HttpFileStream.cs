namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The rest of a file on a server, over as many connections as it takes.</summary>
/// <remarks>
/// Failure: an <see cref="ArchiveException"/> when the retries are used up. The stream ends only at the end of the file, as far as the
/// server has announced its size.
/// </remarks>
internal sealed class HttpFileStream : ForwardStream
{
    // Bytes fetched twice when a file is resumed, to prove that the rest matches them.
    private const int OverlapBytes = 512;
    private const int MinOverlapBytes = 16;

    private readonly HttpTransport transport;
    private readonly string path;
    private readonly HttpRetries retries;
    private HttpBody? body;
    private readonly LastBytes lastBytes = new(OverlapBytes);
    private long? totalBytes;
    private long position;
    private long openedAt;
    private long overlap = OverlapBytes;
    private long partEnd = -1;
    private bool ended;
    private bool disposed;

    /// <summary>Continues an opened file.</summary>
    public HttpFileStream(HttpTransport transport, string path, HttpRetries retries, HttpBody body)
    {
        this.transport = transport;
        this.path = path;
        this.retries = retries;
        this.body = body;
        totalBytes = body.TotalBytes;
        position = openedAt = body.Position;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        while (!ended && buffer.Length > 0)
        {
            try
            {
                int count = await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count > 0)
                    return count;
            }
            catch (HttpFailureException failure)
            {
                await CloseAsync().ConfigureAwait(false);
                await retries.FailAsync(position, failure, cancellationToken).ConfigureAwait(false);
            }
        }

        return 0;
    }

    public override async ValueTask DisposeAsync()
    {
        disposed = true;
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        body ??= await GoOnAsync(cancellationToken).ConfigureAwait(false);
        int count = await body.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        lastBytes.Append(destination.Span[..count]);
        position += count;
        if (count > 0)
            return count;
        if (totalBytes is { } total && position < total)
        {
            // A server may send less than the whole rest at once (RFC 9110, section 15.3.7), but not nothing.
            await EndPartAsync(total).ConfigureAwait(false);
            return 0;
        }

        ended = true;
        return 0;
    }

    private async Task<HttpBody> GoOnAsync(CancellationToken cancellationToken)
    {
        // If connections break after a few bytes, compare fewer bytes than the last one sent; otherwise nothing new would ever arrive.
        overlap = position > openedAt
            ? Math.Min(OverlapBytes, (position - openedAt) / 2)
            : Math.Max(overlap / 2, Math.Min(overlap, MinOverlapBytes));
        openedAt = position;
        HttpBody again =
            await transport.ReopenAsync(path, position, lastBytes.Last(overlap), totalBytes, cancellationToken).ConfigureAwait(false);
        totalBytes = again.TotalBytes;
        return again;
    }

    private async ValueTask EndPartAsync(long total)
    {
        await CloseAsync().ConfigureAwait(false);
        if (partEnd == position)
            throw HttpFailure.CutOff(total - position);
        partEnd = position;
    }

    private async ValueTask CloseAsync()
    {
        HttpBody? open = body;
        body = null;
        if (open is not null)
            await open.DisposeAsync().ConfigureAwait(false);
    }
}
