using Microsoft.Extensions.Logging;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Decides whether this run may use a data directory that the user named, before anything in it is changed.</summary>
internal static class DataDirectoryPlan
{
    private static readonly TimeSpan StaleProcessTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Returns the full path without symbolic links, as the kernel reports the server's working directory. Creates the folder if absent.
    /// </summary>
    /// <param name="directory">The folder that the user named.</param>
    /// <param name="account">The server's user, who may own an existing folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="EmbeddedServerException">Other users could replace the folder or its content.</exception>
    public static async Task<string> TakeOverAsync(string directory, ServerAccount account, CancellationToken cancellationToken)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (FolderTrust.FindDanger(path, alsoTrusted: account.UserId) is { } danger)
            EmbeddedThrow.DirectoryOfOthers("data directory", path, danger);
        if (!Directory.Exists(path) && account.UserId is not null)
            await MakeAsync(path, account, cancellationToken).ConfigureAwait(false);
        return await PhysicalAsync(path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates the folder for the server's user, or gives an existing empty folder to that user.</summary>
    public static async Task MakeAsync(string path, ServerAccount account, CancellationToken cancellationToken)
    {
        // If only root can replace the folders of the path, root creates the folder. Otherwise the server's user creates it, with no more
        // rights than that user has.
        if (account.UserId is not null && FolderTrust.FindDanger(path) is not null)
        {
            string parent = path;
            while (!Directory.Exists(parent) && Path.GetDirectoryName(parent) is { } above)
                parent = above;
            if (!await account.CanEnterAsync(parent, cancellationToken).ConfigureAwait(false))
                EmbeddedThrow.DirectoryUnreachable(parent, account.Name);
            await account.MakeFolderAsync(path, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            RunDirectory.CreatePrivate(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            EmbeddedThrow.DirectoryUnusable(path, error);
        }

        await account.GiveAsync(path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the full path without symbolic links. Creates the folder if absent.</summary>
    public static async Task<string> PhysicalAsync(string directory, CancellationToken cancellationToken)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (OperatingSystem.IsWindows())
            return path;
        try
        {
            if (!Directory.Exists(path))
                RunDirectory.CreatePrivate(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            EmbeddedThrow.DirectoryUnusable(path, error);
        }

        CommandResult result =
            await CommandRunner.RunAsync(["/bin/sh", "-c", "cd -- \"$0\" && pwd -P", path], TimeSpan.FromSeconds(30), cancellationToken)
                .ConfigureAwait(false);
        if (result.ExitCode != 0)
            EmbeddedThrow.DirectoryUnusable(path, new IOException(result.Output.Trim()));
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Refuses a folder that contains something else, or a cluster of another version.</summary>
    public static void Check(string directory, ServerBinaries binaries)
    {
        bool isEmpty;
        try
        {
            isEmpty = !Directory.EnumerateFileSystemEntries(directory).Any();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            EmbeddedThrow.DirectoryUnusable(directory, error);
            throw;
        }

        if (ServerCluster.Exists(directory))
        {
            string found = File.ReadAllText(Path.Combine(directory, "PG_VERSION")).Trim();
            if (found != FormattableString.Invariant($"{binaries.MajorVersion}"))
                EmbeddedThrow.DirectoryOfOtherVersion(directory, found, binaries.MajorVersion, binaries.Directory);
        }
        else if (!isEmpty)
        {
            EmbeddedThrow.DirectoryNotACluster(directory);
        }
    }

    /// <summary>
    /// Locks the cluster for this run. Stops a server left by a dead run of this program; refuses if any other server is running.
    /// </summary>
    public static async Task<OwnerLock> TakeAsync(
        ServerCluster cluster, TimeSpan stopTimeout, ILogger logger, CancellationToken cancellationToken)
    {
        // A killed run leaves its mark behind. Somebody may have started a server by hand since then, and that one must not be stopped.
        bool ours = OwnerLock.IsMarked(cluster.DataDirectory) && cluster.IsOurs();
        int? running = await cluster.RunningProcessIdAsync(cancellationToken).ConfigureAwait(false);
        if (running is { } foreign && !ours)
            EmbeddedThrow.ForeignServerRunning(cluster.DataDirectory, foreign);
        OwnerLock ownerLock = TakeLock(cluster);
        try
        {
            await ownerLock.GiveAsync(cluster.Account, cancellationToken).ConfigureAwait(false);
            if (running is { } left)
            {
                PostgresLog.StoppingLeftServer(logger, left, cluster.DataDirectory);
                await cluster.StopAsync(stopTimeout).ConfigureAwait(false);
            }

            await cluster.ClearStaleAsync(StaleProcessTimeout, cancellationToken).ConfigureAwait(false);
            return ownerLock;
        }
        catch
        {
            ownerLock.Dispose();
            throw;
        }
    }

    private static OwnerLock TakeLock(ServerCluster cluster)
    {
        try
        {
            (OwnerLock? ownerLock, string? owner) = OwnerLock.TryTake(cluster.DataDirectory, cluster.Account.UserId);
            if (ownerLock is null)
                EmbeddedThrow.DirectoryInUse(cluster.DataDirectory, owner);
            return ownerLock;
        }
        catch (IOException error)
        {
            EmbeddedThrow.DirectoryOfOthers("data directory", cluster.DataDirectory, error.Message.TrimEnd('.'));
            throw;
        }
    }
}
