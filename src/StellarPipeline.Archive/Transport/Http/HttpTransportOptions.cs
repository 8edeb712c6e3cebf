using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Time-outs, retries and bounds for reading an archive over HTTP.</summary>
/// <remarks>
/// There is no bound on the time of a whole file: a slow archive is read to its end, a silent one is not. Proxies and additional
/// certificate authorities are those of the platform (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY; SSL_CERT_FILE, SSL_CERT_DIR).
/// </remarks>
public sealed record HttpTransportOptions
{
    /// <summary>Longest wait for a connection to any address of the server, secured where the URL is https.</summary>
    /// <value>1 ms to 1 day. Default 15 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait from a request to the headers of its answer, the connection included.</summary>
    /// <value>1 ms to 1 day. Default 30 s.</value>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time without a single byte while a file is read.</summary>
    /// <value>1 ms to 1 day. Default 30 s.</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Attempts at the same place of a file before the reading fails. An attempt that brings a single byte starts the count again.
    /// </summary>
    /// <value>1 to 1,000. Default 10, which bridges about two minutes. See also <see cref="MaxFirstAttempts"/>.</value>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>
    /// Attempts while the server has never answered anything: most of the time its name is wrong, and waiting does not help.
    /// </summary>
    /// <value>1 to 1,000. Default 4. Where it is larger than <see cref="MaxAttempts"/>, that holds.</value>
    public int MaxFirstAttempts { get; init; } = 4;

    /// <summary>Bytes below which an attempt is a short one. It bounds the attempts for a file whose connection always breaks.</summary>
    /// <value>Bytes, at least 1. Default 4 KiB: some proxies cut every answer after a few.</value>
    public long ProgressBytes { get; init; } = 4 * 1024;

    /// <summary>Short attempts (see <see cref="ProgressBytes"/>) for one file, wherever in it, before the reading fails.</summary>
    /// <value>1 to 1,000,000. Default 10,000, which takes about an hour: a file that comes in crumbs is read, but not for ever.</value>
    public int MaxShortAttempts { get; init; } = 10_000;

    /// <summary>
    /// Wait after the first failure. It doubles with every further one, and is shortened at random by up to a half so that many readers do
    /// not come back together.
    /// </summary>
    /// <value>0 to 1 day. Default 0.5 s.</value>
    public TimeSpan BackoffStart { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest wait between two attempts, when the server does not ask for more.</summary>
    /// <value>0 to 1 day. Default 30 s.</value>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait that a server may ask for by <c>Retry-After</c>; a longer wish is cut to this.</summary>
    /// <value>0 to 1 day. Default 2 minutes.</value>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Redirects that one request may follow.</summary>
    /// <value>0 to 50. Default 5.</value>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>Connections to the server at the same time (HTTP/1.1; HTTP/2 shares one).</summary>
    /// <value>1 to 1,000. Default 128: more than the 100 downloads that a cache may run, and than the buckets of a checkpoint, which are
    /// all open at once.</value>
    /// <remarks>
    /// Every file that is being read has one. A request beyond them waits for another file to end, no longer than
    /// <see cref="HeadersTimeout"/>; a merge, which needs a byte of every bucket before it takes more of any, fails then.
    /// </remarks>
    public int MaxConnections { get; init; } = 128;

    /// <summary>What the program calls itself in its requests.</summary>
    /// <value>Default <c>pipeline-archive</c> with the version of this library.</value>
    public string UserAgent { get; init; } =
        "pipeline-archive/" + (typeof(HttpTransportOptions).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Where retries and the like are told, as events 3000 to 3999.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Changes a request to the archive's own server just before it is sent, to sign it; null for nothing.</summary>
    /// <value>
    /// Called for every attempt, so that a signature is never older than it. It may change the URL and the headers, but not where the
    /// request goes. What it throws ends the reading. It is not called for the place that a redirect leads to.
    /// </value>
    public Func<HttpRequestMessage, CancellationToken, ValueTask>? Sign { get; init; }

    /// <summary>
    /// True when the caller has other mirrors to turn to: then nothing is waited for here. A connection that breaks in the middle of a file
    /// is made again once, because no mirror fits the bytes before so surely as the same one; every other failure is left to the caller at
    /// once.
    /// </summary>
    internal bool IsOneOfSeveral { get; init; }

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(nameof(ConnectTimeout), ConnectTimeout, OptionsCheck.ShortestTimeout);
        check.Require(nameof(HeadersTimeout), HeadersTimeout, OptionsCheck.ShortestTimeout);
        check.Require(nameof(StallTimeout), StallTimeout, OptionsCheck.ShortestTimeout);
        check.Require(nameof(MaxAttempts), MaxAttempts, 1, 1000);
        check.Require(nameof(MaxFirstAttempts), MaxFirstAttempts, 1, 1000);
        check.Require(nameof(ProgressBytes), ProgressBytes, 1, long.MaxValue);
        check.Require(nameof(MaxShortAttempts), MaxShortAttempts, 1, 1_000_000);
        check.Require(nameof(BackoffStart), BackoffStart, TimeSpan.Zero);
        check.Require(nameof(MaxBackoff), MaxBackoff, TimeSpan.Zero);
        check.Require(nameof(MaxRetryAfter), MaxRetryAfter, TimeSpan.Zero);
        check.Require(nameof(MaxRedirects), MaxRedirects, 0, 50);
        check.Require(nameof(MaxConnections), MaxConnections, 1, 1000);
        check.Require(IsUserAgent(UserAgent), $"{nameof(UserAgent)} is \"{UserAgent}\"; it must be one or more products such as name/1.0");
        check.ThrowIfAny();
    }

    private static bool IsUserAgent(string text)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.UserAgent.TryParseAdd(text);
    }
}
