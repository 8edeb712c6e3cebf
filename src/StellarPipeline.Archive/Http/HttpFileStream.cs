namespace StellarPipeline.Archive;

/// <summary>The rest of a file on a server, however many connections it takes.</summary>
/// <remarks>
/// Failure: an <see cref="ArchiveException"/> once the retries are used up. The stream ends only where the file ends, as far as the server said where that
/// is.
/// </remarks>
internal sealed class HttpFileStream : ForwardStream
{
    private readonly HttpTransport transport;
    private readonly string path;
    private readonly HttpRetries retries;
    private HttpBody? body;
    private HttpFileIdentity identity;
    private long position;
    private long partEnd = -1;
    private bool ended;
    private bool disposed;

    /// <summary>Goes on with an opened file.</summary>
    public HttpFileStream(HttpTransport transport, string path, HttpRetries retries, HttpBody body)
    {
        this.transport = transport;
        this.path = path;
        this.retries = retries;
        this.body = body;
        identity = body.Identity;
        position = body.Position;
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
        if (body is null)
        {
            body = await transport.ReopenAsync(path, position, identity, cancellationToken).ConfigureAwait(false);
            identity = body.Identity;
        }

        int count = await body.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        position += count;
        if (count > 0)
            return count;
        if (identity.TotalBytes is { } total && position < total)
        {
            // A server may give less than the whole rest at once (RFC 9110, section 15.3.7), but not nothing.
            await EndPartAsync(total).ConfigureAwait(false);
            return 0;
        }

        ended = true;
        return 0;
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
