using Npgsql;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>A private server that another process of this program runs, found by its data directory.</summary>
/// <param name="ConnectionString">Npgsql connection string of the superuser <c>postgres</c>. For TCP it contains a password: do not log
/// it.</param>
/// <param name="PsqlCommandLine">A command line that opens psql on it. Holds no password.</param>
public sealed record RunningServer(string ConnectionString, string PsqlCommandLine)
{
    /// <summary>Finds the server that runs on a data directory. Does not keep the server running: it stops with its owner.</summary>
    /// <param name="options">The data directory and the database.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The server; null if no running process of this program has started one there.</returns>
    /// <exception cref="EmbeddedServerException">No server programs were found, or other users could replace the folder.</exception>
    public static async Task<RunningServer?> FindAsync(EmbeddedServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.DataDirectory is not { } named || !ServerCluster.Exists(Path.GetFullPath(named)))
            return null;
        ServerBinaries binaries = await ServerBinaries.FindAsync(options.BinariesDirectory, cancellationToken).ConfigureAwait(false);
        ServerAccount account = await ServerAccount.ChooseAsync(named, cancellationToken).ConfigureAwait(false);
        string directory = await DataDirectoryPlan.TakeOverAsync(named, account, cancellationToken).ConfigureAwait(false);
        var cluster = new ServerCluster(binaries, account, directory);
        bool isRunning = OwnerLock.IsMarked(directory) && cluster.IsOurs()
            && await cluster.RunningProcessIdAsync(cancellationToken).ConfigureAwait(false) is not null && HasOwner(cluster);
        if (!isRunning || cluster.RunningAddress() is not { } address)
            return null;
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host, Port = address.Port, Username = ServerConfiguration.Superuser, Database = options.Database,
        };
        if (!address.IsSocket)
            builder.Password = cluster.Password();
        return new RunningServer(
            builder.ConnectionString, EmbeddedServer.PsqlCommand(address.Host, address.Port, binaries, options.Database));
    }

    /// <summary>Whether the owner of the server is still running. If it has died, the guard is about to stop the server.</summary>
    private static bool HasOwner(ServerCluster cluster)
    {
        try
        {
            using OwnerLock? taken = OwnerLock.TryTake(cluster.DataDirectory, cluster.Account.UserId).Lock;
            return taken is null;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
