using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Time-outs, retries and limits for reading an archive over HTTP.</summary>
/// <remarks>
/// The time for a whole file is not limited: a slow archive is read to its end, a silent one is not. Proxies and additional certificate
/// authorities are those of the platform (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY; SSL_CERT_FILE, SSL_CERT_DIR).
/// </remarks>
public sealed record HttpTransportOptions
{
    /// <summary>Longest wait for a connection to any address of the server, including TLS for https.</summary>
    /// <value>1 ms to 1 day. Default 15 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait from a request to the headers of its response, including the connection.</summary>
    /// <value>1 ms to 1 day. Default 30 s.</value>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time without a single byte while a file is read.</summary>
    /// <value>1 ms to 1 day. Default 30 s.</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum number of attempts at the same position of a file. An attempt that delivers a single byte restarts the count.
    /// </summary>
    /// <value>1 to 1,000. Default 10, which lasts about two minutes. See also <see cref="MaxFirstAttempts"/>.</value>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>
    /// Maximum number of attempts before the server has ever responded: usually its name is wrong, and waiting does not help.
    /// </summary>
    /// <value>1 to 1,000. Default 4. <see cref="MaxAttempts"/> applies if it is smaller.</value>
    public int MaxFirstAttempts { get; init; } = 4;

    /// <summary>An attempt with fewer bytes than this is short. Limits the attempts at a file whose connection always breaks.</summary>
    /// <value>Bytes, at least 1. Default 4 KiB: some proxies cut off every response after a few bytes.</value>
    public long ProgressBytes { get; init; } = 4 * 1024;

    /// <summary>Maximum number of short attempts (see <see cref="ProgressBytes"/>) at one file, at any position.</summary>
    /// <value>1 to 1,000,000. Default 10,000, which takes about an hour: a file that arrives in tiny pieces is read, but not
    /// forever.</value>
    public int MaxShortAttempts { get; init; } = 10_000;

    /// <summary>
    /// Wait after the first failure. It doubles with every further one, and is shortened at random by up to a half, so that many readers do
    /// not return together.
    /// </summary>
    /// <value>0 to 1 day. Default 0.5 s.</value>
    public TimeSpan BackoffStart { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest wait between two attempts, unless the server asks for more.</summary>
    /// <value>0 to 1 day. Default 30 s.</value>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait that a server may request with <c>Retry-After</c>; a longer one is shortened to this.</summary>
    /// <value>0 to 1 day. Default 2 minutes.</value>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Maximum number of redirects per request.</summary>
    /// <value>0 to 50. Default 5.</value>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>Maximum number of connections to the server (HTTP/1.1; HTTP/2 shares one).</summary>
    /// <value>1 to 1,000. Default 128: more than the 100 downloads that a cache may run, and more than the buckets of a checkpoint, which
    /// are all open at once.</value>
    /// <remarks>
    /// Every file that is being read uses one. A further request waits for another file to end, at most for <see cref="HeadersTimeout"/>; a
    /// merge, which needs bytes of every bucket at once, then fails.
    /// </remarks>
    public int MaxConnections { get; init; } = 128;

    /// <summary>The User-Agent header of requests.</summary>
    /// <value>Default <c>pipeline-archive</c> with the version of this library.</value>
    public string UserAgent { get; init; } =
        "pipeline-archive/" + (typeof(HttpTransportOptions).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Receives log events 3000 to 3999.</summary>
    /// <value>Default: no logging.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Signs each request to the archive's own server just before it is sent; null for none.</summary>
    /// <value>
    /// Called for every attempt, so that a signature is never older than its request. It may change the URL and the headers, but not the
    /// server. Its exceptions end the read. It is not called for the target of a redirect.
    /// </value>
    public Func<HttpRequestMessage, CancellationToken, ValueTask>? Sign { get; init; }

    /// <summary>
    /// True if the caller has other mirrors: then there are no waits here. A connection that breaks in the middle of a file is reopened
    /// once, because the same mirror is most likely to have the same bytes; every other failure is passed to the caller at once.
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
