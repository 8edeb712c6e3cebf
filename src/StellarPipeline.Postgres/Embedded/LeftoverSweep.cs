using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Removes what dead processes left: their servers and their run directories.</summary>
/// <remarks>
/// Taken are only folders with our prefix that belong to the server's own user, are not links, and whose owner lock is free. A folder that
/// cannot be cleared is left for the next time: a sweep never fails a start.
/// </remarks>
internal static class LeftoverSweep
{
    // Between making a folder and locking it a moment passes in which it looks ownerless.
    private static readonly TimeSpan YoungestAge = TimeSpan.FromMinutes(5);

    /// <summary>Sweeps the given roots.</summary>
    /// <returns>How many leftovers were removed.</returns>
    public static async Task<int> RunAsync(
        IEnumerable<string> roots, ServerBinaries binaries, ServerAccount account, ILogger logger, CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach (string? directory in roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root, RunDirectory.Prefix + "*")).ToList())
        {
            try
            {
                if (await RemoveAsync(directory, binaries, account, cancellationToken).ConfigureAwait(false))
                    removed++;
            }
            catch (Exception error)
                when (error is IOException or UnauthorizedAccessException or EmbeddedServerException or TimeoutException)
            {
                PostgresLog.LeftoverStays(logger, error, directory);
            }
        }

        if (removed > 0)
            PostgresLog.LeftoversRemoved(logger, removed);
        return removed;
    }

    private static async Task<bool> RemoveAsync(
        string directory, ServerBinaries binaries, ServerAccount account, CancellationToken cancellationToken)
    {
        if (!await account.OwnsAsync(directory, cancellationToken).ConfigureAwait(false))
            return false;
        if (!OwnerLock.IsMarked(directory) && DateTime.UtcNow - new DirectoryInfo(directory).CreationTimeUtc < YoungestAge)
            return false;
        (OwnerLock? ownerLock, string _) = OwnerLock.TryTake(directory, account.UserId);
        if (ownerLock is null)
            return false;
        using (ownerLock)
        {
            // A temporary server keeps its data inside; its rows go with it, so it may stop at once.
            string data = Path.Combine(directory, "data");
            if (ServerCluster.Exists(data))
                await new ServerCluster(binaries, account, data).StopAsync(TimeSpan.Zero).ConfigureAwait(false);
            await RunDirectory.RemoveTreeAsync(directory, account).ConfigureAwait(false);
        }

        return true;
    }
}
