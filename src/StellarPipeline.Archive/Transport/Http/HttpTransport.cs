using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Reads an archive from a server over HTTP/1.1 or HTTP/2, and goes on where a connection broke.</summary>
/// <remarks>
/// A file is asked for once; when the connection breaks, stalls or ends early, the missing part is asked for by <c>Range</c> (RFC 9110,
/// section 14) after a wait, together with the last bytes before it: those must be the same again. Entity tags are not asked: servers of
/// one archive give different ones for the same bytes, and what the files hold is proved by hashes. A server that does not know ranges
/// sends everything again, of which the part that was read already is dropped. A file that has another length or other last bytes than
/// before is an error (code FILE_CHANGED), because its parts do not fit each other. Nothing is decompressed. What each status means is in
/// <see cref="HttpStatusTable"/>. Safe for use by several callers at once. Disposing it breaks what is still being read.
/// </remarks>
public sealed class HttpTransport : IArchiveTransport, IArchiveFileSizes, IDisposable
{
    private readonly HttpLocation location;
    private readonly HttpTransportOptions options;
    private readonly HttpRequester requester;
    private readonly HttpFileReader reader;
    private readonly Backoff backoff;
    private readonly TimeProvider timeProvider;

    /// <summary>Creates a transport for a server.</summary>
    /// <param name="location">The archive's root as an http or https URL. User name and password in it are sent to this server as basic
    /// authentication.</param>
    /// <param name="options">Time-outs, retries and bounds; null for the defaults.</param>
    /// <param name="timeProvider">Measures and waits; null for the system's clock.</param>
    /// <param name="random">Where the jitter of waits comes from; null for the shared generator.</param>
    /// <exception cref="ArchiveException">The location is no such URL, or an option is out of range (kind usage).</exception>
    public HttpTransport(string location, HttpTransportOptions? options = null, TimeProvider? timeProvider = null, Random? random = null)
        : this(location, options, timeProvider, random, handler: null)
    {
    }

    internal HttpTransport(
        string location, HttpTransportOptions? options, TimeProvider? timeProvider, Random? random, HttpMessageHandler? handler)
    {
        this.options = options ?? new HttpTransportOptions();
        this.options.Validate();
        this.location = HttpLocation.Parse(location);
        this.timeProvider = timeProvider ?? TimeProvider.System;
        backoff = new Backoff(this.options.BackoffStart, this.options.MaxBackoff, time: this.timeProvider, random: random);
        requester = new HttpRequester(this.location, this.options, this.timeProvider, handler);
        reader = new HttpFileReader(requester, this.options, this.timeProvider);
    }

    /// <inheritdoc/>
    public string Location => location.Text;

    /// <inheritdoc/>
    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var retries = new HttpRetries(this, path);
        HttpBody? body =
            await retries.RunAsync(offset, token => reader.OpenAsync(path, offset, token), cancellationToken).ConfigureAwait(false);
        if (body is null)
            return null;
        long? rest = body.TotalBytes is { } total ? Math.Max(0, total - offset) : null;
        return new ArchiveObject(new HttpFileStream(this, path, retries, body), UrlText(path), rest);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var retries = new HttpRetries(this, path);
        return await retries.RunAsync(0, token => reader.FindSizeAsync(path, token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => requester.Dispose();

    /// <summary>Opens a file again, once, where it broke.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where in it to go on.</param>
    /// <param name="before">The last bytes before that place; may be empty.</param>
    /// <param name="knownBytes">Size of the whole file, as far as it is known.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    internal async Task<HttpBody> ReopenAsync(
        string path, long offset, ReadOnlyMemory<byte> before, long? knownBytes, CancellationToken cancellationToken) =>
            await reader.GoOnAsync(path, offset, before, knownBytes, cancellationToken).ConfigureAwait(false) ?? throw HttpFailure.Gone();

    /// <summary>Decides after a failed attempt: waits, or throws when enough were made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where in it.</param>
    /// <param name="counts">The failed attempts at this file, this one included.</param>
    /// <param name="failure">What went wrong.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal Task WaitAfterAsync(
        string path, long offset, HttpFailureCounts counts, HttpFailureException failure, CancellationToken cancellationToken)
    {
        int most = requester.HasAnswered ? options.MaxAttempts : Math.Min(options.MaxFirstAttempts, options.MaxAttempts);
        bool isLeft = options.IsOneOfSeveral && (counts.All > 1 || !failure.IsBreak);
        bool isCrumbs = counts.Short >= options.MaxShortAttempts;
        if (!failure.MayPass || counts.Here >= most || isLeft || isCrumbs)
            throw HttpThrow.ReadFailed(UrlText(path), offset, isCrumbs ? counts.All : counts.Here, failure);
        ArchiveTelemetry.CountRetry(failure);
        TimeSpan wait = options.IsOneOfSeveral
            ? TimeSpan.Zero
            : backoff.After(counts.Here, RetryAfter.Bound(failure.RetryAfter, options.MaxRetryAfter));
        ArchiveLog.Retry(options.Logger, UrlText(path), offset, counts.Here, most, wait.TotalSeconds, failure.Message);
        return options.IsOneOfSeveral ? Task.CompletedTask : backoff.WaitAsync(wait, cancellationToken);
    }

    /// <summary>True when so few bytes came since the last failure that it was a short attempt.</summary>
    internal bool IsShort(long bytes) => bytes < options.ProgressBytes;

    private string UrlText(string path) => HttpLocation.Describe(location.Of(path));
}
