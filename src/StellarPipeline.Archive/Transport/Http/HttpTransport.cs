using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Reads an archive from a server over HTTP/1.1 or HTTP/2, and resumes files after a broken connection.</summary>
/// <remarks>
/// A file is requested once. If the connection breaks, stalls or ends early, the missing part is requested with <c>Range</c> (RFC 9110,
/// section 14) after a wait, together with the last bytes before it, which must be the same again. Entity tags are not compared: servers of
/// one archive send different ones for the same bytes, and hashes prove the content of the files. A server without range support sends the
/// whole file again, and the part that has been read is discarded. A file with another length or other last bytes than before is an error
/// (code FILE_CHANGED), because its parts do not fit together. Nothing is decompressed. <see cref="HttpStatusTable"/> gives the meaning of
/// each status. Thread-safe. Disposing the transport breaks off reads in progress.
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
    /// <param name="location">The archive's root as an http or https URL. A user name and password in it are sent to this server as basic
    /// authentication.</param>
    /// <param name="options">Time-outs, retries and limits; null for the defaults.</param>
    /// <param name="timeProvider">Clock for waits; null for the system's clock.</param>
    /// <param name="random">Source of the jitter of waits; null for the shared generator.</param>
    /// <exception cref="ArchiveException">The location is not such a URL, or an option is out of range (kind usage).</exception>
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

    /// <summary>Reopens a file once, at the position where it broke.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Position to continue from.</param>
    /// <param name="before">The last bytes before that position; may be empty.</param>
    /// <param name="knownBytes">Size of the whole file in bytes; null if unknown.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    internal async Task<HttpBody> ReopenAsync(
        string path, long offset, ReadOnlyMemory<byte> before, long? knownBytes, CancellationToken cancellationToken) =>
            await reader.GoOnAsync(path, offset, before, knownBytes, cancellationToken).ConfigureAwait(false) ?? throw HttpFailure.Gone();

    /// <summary>After a failed attempt: waits, or throws if there were too many.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Position in the file.</param>
    /// <param name="counts">The failed attempts at this file, including this one.</param>
    /// <param name="failure">The error.</param>
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

        // A mirror is left after its second failure, whatever the limit for a single server.
        ArchiveLog.Retry(options.Logger, UrlText(path), offset, counts.Here, options.IsOneOfSeveral ? counts.Here + 1 : most,
            wait.TotalSeconds, CauseText.Sentence(failure.Message));
        return options.IsOneOfSeveral ? Task.CompletedTask : backoff.WaitAsync(wait, cancellationToken);
    }

    /// <summary>True if so few bytes came since the last failure that it counts as a short attempt.</summary>
    internal bool IsShort(long bytes) => bytes < options.ProgressBytes;

    private string UrlText(string path) => HttpLocation.Describe(location.Of(path));
}
