namespace StellarPipeline.Archive;

/// <summary>Counts the failed attempts at one file, and forgets them when it goes on.</summary>
internal sealed class HttpRetries(HttpTransport transport, string path)
{
    private int failures;
    private int failuresHere;
    private long failedAt = -1;
    private long lastFailedAt = -1;

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
        if (failedAt >= 0 && transport.IsProgress(position - failedAt))
            failures = 0;
        if (failures == 0)
            failedAt = position;
        failures++;

        // A server that gives a little each time is not made to wait longer each time.
        failuresHere = position > lastFailedAt ? 1 : failuresHere + 1;
        lastFailedAt = position;
        return transport.WaitAfterAsync(path, position, failures, failuresHere, failure, cancellationToken);
    }
}
