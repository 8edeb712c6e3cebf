using System.Diagnostics;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Stops the server if this process dies without stopping it, even if it is killed.</summary>
/// <remarks>
/// A small shell waits on a pipe whose other end only this process holds. When the process ends, the kernel closes that end. The shell then
/// signals the server, waits until it has ended, and removes a temporary server's folder. The shell is re-parented, so that killing this
/// process together with its children does not kill the guard.
/// On Windows there is no guard: the next start removes leftovers.
/// </remarks>
internal sealed class ServerGuard : IDisposable
{
    // $0 data directory, $1 run directory, $2 signal, $3 folder to remove (or an empty text). A line on the pipe tells the guard to exit.
    // Only the server whose command line names this run directory is stopped, not a later one on the same data directory. If this process
    // dies while pg_ctl is still starting the server, the server appears a little later, so the script tries for 10 s.
    private const string Script = """
        exec 3<&0
        (
          trap '' HUP INT
          if read -r line <&3; then exit 0; fi
          server=
          tries=0
          while [ -z "$server" ] && [ "$tries" -lt 100 ]; do
            if grep -q -F -- "$1" "$0/postmaster.opts"; then server=$(head -n 1 "$0/postmaster.pid"); fi
            if [ -z "$server" ]; then sleep 0.1; fi
            tries=$((tries + 1))
          done
          if [ -n "$server" ]; then
            kill -s "$2" "$server"
            tries=0
            while kill -0 "$server" && [ "$tries" -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
          fi
          if [ -n "$3" ]; then rm -rf -- "$3"; fi
        ) </dev/null >/dev/null 2>&1 &
        """;

    private readonly Process shell;

    private ServerGuard(Process shell) => this.shell = shell;

    /// <summary>Starts the guard. Call it before the server starts, so that a process killed in between leaves no server behind.</summary>
    /// <param name="cluster">The server.</param>
    /// <param name="runDirectory">Its run directory, which its command line names.</param>
    /// <param name="folderToRemove">A temporary server's folder; null keeps everything and shuts down with a checkpoint.</param>
    /// <returns>The guard; null on Windows.</returns>
    public static ServerGuard? Start(ServerCluster cluster, string runDirectory, string? folderToRemove)
    {
        if (OperatingSystem.IsWindows())
            return null;
        // SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one, which is enough if the data is removed next.
        string[] command = cluster.Account.Command(
            "/bin/sh", "-c", Script, cluster.DataDirectory, runDirectory, folderToRemove is null ? "INT" : "QUIT", folderToRemove ?? "");
        return new ServerGuard(CommandRunner.Start(command));
    }

    /// <summary>Tells the guard to exit, because the server has been stopped.</summary>
    public void Release()
    {
        try
        {
            shell.StandardInput.WriteLine("released");
            shell.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The guard has ended already, for instance because the whole machine is being shut down. Nothing is left for it to do.
        }
    }

    /// <summary>Closes the pipe. Without an earlier <see cref="Release"/>, the guard then acts as if this process had died.</summary>
    public void Dispose()
    {
        try
        {
            shell.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // As in Release, the guard has ended already.
        }

        shell.Dispose();
    }
}
