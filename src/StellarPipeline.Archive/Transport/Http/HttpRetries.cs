namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Counts the failed attempts at one file; the count for a position starts again with every new byte.</summary>
internal sealed class HttpRetries(HttpTransport transport, string path)
{
    private HttpFailureCounts counts;
    private long failedAt = -1;

    /// <summary>Tries until an attempt succeeds.</summary>
    /// <exception cref="ArchiveException">Too many attempts failed, or a retry cannot help.</exception>
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

    /// <summary>Records a failure and waits.</summary>
    /// <exception cref="ArchiveException">Too many attempts have failed.</exception>
    public Task FailAsync(long position, HttpFailureException failure, CancellationToken cancellationToken)
    {
        // A server that delivers a few bytes each time is not abandoned, and the waits do not grow; but the number of attempts is limited.
        bool isFurther = position > failedAt;
        bool isShort = failedAt >= 0 && transport.IsShort(position - failedAt);
        counts = new HttpFailureCounts(isFurther ? 1 : counts.Here + 1, isShort ? counts.Short + 1 : counts.Short, counts.All + 1);
        failedAt = position;
        return transport.WaitAfterAsync(path, position, counts, failure, cancellationToken);
    }
}

/// <summary>Failed attempts at one file.</summary>
/// <param name="Here">Those since its last byte.</param>
/// <param name="Short">Those with fewer bytes than count as progress.</param>
/// <param name="All">All failed attempts.</param>
internal readonly record struct HttpFailureCounts(int Here, int Short, int All);
