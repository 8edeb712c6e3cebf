namespace StellarPipeline.Archive.Transport.Http;

/// <summary>A server's request to wait.</summary>
internal static class RetryAfter
{
    /// <summary>Limits the requested wait.</summary>
    /// <param name="asked">The wait that the server requests; null for none.</param>
    /// <param name="longest">Longest wait that a server may request.</param>
    /// <returns>The shorter of both; null for no request.</returns>
    public static TimeSpan? Bound(TimeSpan? asked, TimeSpan longest) => asked > longest ? longest : asked;
}
