namespace StellarPipeline.Archive.Transport.Http;

/// <summary>A server's wish to be left alone for a while.</summary>
internal static class RetryAfter
{
    /// <summary>What of the wish is kept to.</summary>
    /// <param name="asked">What the server asks for; null for nothing.</param>
    /// <param name="longest">Longest wait that a server may ask for.</param>
    /// <returns>The shorter of both; null for no wish.</returns>
    public static TimeSpan? Bound(TimeSpan? asked, TimeSpan longest) => asked > longest ? longest : asked;
}
