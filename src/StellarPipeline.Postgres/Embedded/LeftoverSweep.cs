using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Removes what dead processes left: their servers and their run directories.</summary>
/// <remarks>
/// It removes only folders with this program's prefix that belong to the server's user, are not links, and whose owner lock is free. A
/// folder that cannot be removed is left for the next sweep; it does not make a start fail.
/// </remarks>
internal static class LeftoverSweep
{
    // For a moment between its creation and its lock, a folder looks as if it had no owner.
    private static readonly TimeSpan YoungestAge = TimeSpan.FromMinutes(5);

    /// <summary>Removes leftovers under the given roots.</summary>
    /// <returns>Number of leftovers removed.</returns>
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
            // A temporary server has its data in this folder, which is removed next: an immediate shutdown is enough.
            string data = Path.Combine(directory, "data");
            if (ServerCluster.Exists(data))
                await new ServerCluster(binaries, account, data).StopAsync(TimeSpan.Zero).ConfigureAwait(false);
            await RunDirectory.RemoveTreeAsync(directory, account).ConfigureAwait(false);
        }

        return true;
    }
}
