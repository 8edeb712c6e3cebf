using System.Net;
using System.Net.Http.Headers;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Sends one request and follows its redirects, without retries.</summary>
internal sealed class HttpRequester : IDisposable
{
    private readonly HttpClient client;
    private readonly HttpLocation location;
    private readonly HttpTransportOptions options;
    private readonly TimeProvider timeProvider;
    private readonly HostConnector connector;
    private readonly CertificateJudge judge;

    /// <summary>Creates a requester with connections of its own.</summary>
    public HttpRequester(HttpLocation location, HttpTransportOptions options, TimeProvider timeProvider, HttpMessageHandler? handler)
    {
        this.location = location;
        this.options = options;
        this.timeProvider = timeProvider;
        connector = new HostConnector(timeProvider);
        judge = new CertificateJudge(location.Host, timeProvider);
        client = new HttpClient(handler ?? MakeHandler(options, connector, judge))
        {
            // Every wait has its own limit; a limit for the whole file would end slow but healthy downloads.
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);

        // Files are requested as they are stored: their content is hashed, and ranges of a file that a proxy compresses in transit do not
        // fit together.
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>True once the server has sent any response.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Creates a handler with the options for archives.</summary>
    /// <param name="options">Time-outs and limits.</param>
    /// <param name="connector">Opens the connections; null for the platform's way, one address after the other.</param>
    /// <param name="judge">Remembers why a server was not trusted; null for none.</param>
    public static SocketsHttpHandler MakeHandler(
        HttpTransportOptions options, HostConnector? connector = null, CertificateJudge? judge = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.MaxConnections,
            EnableMultipleHttp2Connections = true,

            // A load runs for hours: connections are renewed, so that a change of the server's address is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
        if (connector is not null)
            handler.ConnectCallback = (place, cancellationToken) => connector.ConnectAsync(place.DnsEndPoint, cancellationToken);
        if (judge is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = judge.Judge;
        return handler;
    }

    /// <summary>Requests a file.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="range">The requested part; null for the whole file.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The response, which is not a redirect; its body has not been read.</returns>
    /// <exception cref="HttpFailureException">There was no response, or a redirect cannot be followed.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        Uri url = location.Of(path);
        var visited = new HashSet<Uri> { url };
        while (true)
        {
            using HttpRequestMessage request = MakeRequest(method, url, path, range);
            if (options.Sign is { } sign && visited.Count == 1)
                await sign(request, cancellationToken).ConfigureAwait(false);
            HttpResponseMessage response = await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
            HasAnswered = true;
            if (!IsRedirect(response.StatusCode))
                return response;
            using (response)
                url = RedirectTarget(url, response, visited);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private HttpRequestMessage MakeRequest(HttpMethod method, Uri url, string path, RangeHeaderValue? range)
    {
        var request =
            new HttpRequestMessage(method, url) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        request.Headers.Range = range;
        if (location.IsSameServer(url))
            request.Headers.Authorization = location.Authorization;
        if (path == ArchivePath.RootState)
            request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        return request;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.HeadersTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            // Which of the two time-outs expired does not show what the request was waiting for.
            string? tried = connector.DescribePending();
            TimeSpan bound = timeout.IsCancellationRequested ? options.HeadersTimeout : options.ConnectTimeout;
            throw tried is null && timeout.IsCancellationRequested
                ? HttpFailure.NoHeaders(bound, error)
                : HttpFailure.NoConnection(bound, error, tried);
        }
        catch (HttpRequestException error)
        {
            throw HttpFailure.OfRequest(error, RequestContext.Of(request.RequestUri!, judge));
        }
        catch (IOException error)
        {
            throw HttpFailure.Broken(error);
        }
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private Uri RedirectTarget(Uri from, HttpResponseMessage response, HashSet<Uri> visited)
    {
        Uri target =
            response.Headers.Location is { } place && Uri.TryCreate(from, place, out Uri? absolute) && HttpLocation.IsHttp(absolute)
                ? absolute
                : throw HttpFailure.RedirectToNowhere((int)response.StatusCode);
        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
            throw HttpFailure.RedirectToInsecure(HttpLocation.Describe(target));
        if (!visited.Add(target))
            throw HttpFailure.RedirectLoop(HttpLocation.Describe(target));
        if (visited.Count > options.MaxRedirects + 1)
            throw HttpFailure.TooManyRedirects(options.MaxRedirects);
        return target;
    }
}
