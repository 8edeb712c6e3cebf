namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The one table of what each HTTP status means for reading an archive.</summary>
/// <remarks>
/// A status that is not named here has the meaning of its class (RFC 9110, section 15): 5xx is passing, whatever a content delivery network
/// calls it, and 4xx is final. The table in this project's README shows the same, and a test compares the two.
/// </remarks>
public static class HttpStatusTable
{
    /// <summary>Finds the meaning of a status.</summary>
    /// <param name="status">The status of an answer, after redirects.</param>
    /// <param name="asksToWait">True when the answer has a <c>Retry-After</c>: a server that says when to come back says that coming back
    /// helps.</param>
    public static HttpStatusMeaning Of(int status, bool asksToWait = false) => status switch
    {
        200 or 203 or 206 => HttpStatusMeaning.Content,
        404 or 410 => HttpStatusMeaning.Missing,
        401 or 407 or 511 => HttpStatusMeaning.Denied,
        403 or 451 when !asksToWait => HttpStatusMeaning.Denied,

        // Time-outs, locks, too many or too early requests, a connection for another host, a client that a proxy believes to be gone.
        408 or 421 or 423 or 425 or 429 or 499 => HttpStatusMeaning.Passing,

        // What the server cannot do, however often it is asked.
        501 or 505 or 506 or 510 => HttpStatusMeaning.Final,
        >= 500 and <= 599 => HttpStatusMeaning.Passing,
        >= 400 and <= 499 when asksToWait => HttpStatusMeaning.Passing,
        _ => HttpStatusMeaning.Final,
    };
}
