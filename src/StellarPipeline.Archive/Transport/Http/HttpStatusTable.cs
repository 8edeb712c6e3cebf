namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The table of what each HTTP status means for reading an archive.</summary>
/// <remarks>
/// A status that is not listed here has the meaning of its class (RFC 9110, section 15): 5xx is passing, including those of content
/// delivery networks, and 4xx is final. The table in this project's README shows the same; a test compares the two.
/// </remarks>
public static class HttpStatusTable
{
    /// <summary>Returns the meaning of a status.</summary>
    /// <param name="status">The status of a response, after redirects.</param>
    /// <param name="asksToWait">True if the response has a <c>Retry-After</c> header: the server then expects a later request to
    /// succeed.</param>
    public static HttpStatusMeaning Of(int status, bool asksToWait = false) => status switch
    {
        200 or 203 or 206 => HttpStatusMeaning.Content,
        404 or 410 => HttpStatusMeaning.Missing,
        401 or 407 or 511 => HttpStatusMeaning.Denied,
        403 or 451 when !asksToWait => HttpStatusMeaning.Denied,

        // Time-outs, locks, too many or too early requests, a connection for another host, a client that a proxy considers gone.
        408 or 421 or 423 or 425 or 429 or 499 => HttpStatusMeaning.Passing,

        // Requests that the server does not support, however often they are repeated.
        501 or 505 or 506 or 510 => HttpStatusMeaning.Final,
        >= 500 and <= 599 => HttpStatusMeaning.Passing,
        >= 400 and <= 499 when asksToWait => HttpStatusMeaning.Passing,
        _ => HttpStatusMeaning.Final,
    };
}
