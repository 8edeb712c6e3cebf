namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Counts the failed attempts at one file; those at one place are forgotten when it goes on, be it by a byte.</summary>
internal sealed class HttpRetries(HttpTransport transport, string path)
{
    private HttpFailureCounts counts;
    private long failedAt = -1;

    /// <summary>Tries until it succeeds.</summary>
    /// <exception cref="ArchiveException">It did not succeed often enough, or cannot.</exception>
    public async Task<T> RunAsync<T>(long position, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (HttpFailureException failure)
            {
                await FailAsync(position, failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Notes a failure and waits.</summary>
    /// <exception cref="ArchiveException">There were enough.</exception>
    public Task FailAsync(long position, HttpFailureException failure, CancellationToken cancellationToken)
    {
        // A server that delivers a little each time is not abandoned, and the waits do not grow; but the attempts are limited.
        bool isFurther = position > failedAt;
        bool isShort = failedAt >= 0 && transport.IsShort(position - failedAt);
        counts = new HttpFailureCounts(isFurther ? 1 : counts.Here + 1, isShort ? counts.Short + 1 : counts.Short, counts.All + 1);
        failedAt = position;
        return transport.WaitAfterAsync(path, position, counts, failure, cancellationToken);
    }
}

/// <summary>Failed attempts at one file.</summary>
/// <param name="Here">Since its last byte.</param>
/// <param name="Short">Those that brought less than what counts as progress.</param>
/// <param name="All">All of them.</param>
internal readonly record struct HttpFailureCounts(int Here, int Short, int All);
