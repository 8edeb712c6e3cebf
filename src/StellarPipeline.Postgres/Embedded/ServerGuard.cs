using System.Diagnostics;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Ends the server when this process dies without doing so, even when it is killed.</summary>
/// <remarks>
/// A small shell waits at a pipe whose other end only this process holds. The kernel closes that end with the process; the shell then
/// signals the server, waits for its end and removes a temporary server's folder. The shell is re-parented, so that ending this process
/// together with its children does not end the guard.
/// On Windows there is no guard: leftovers wait for the sweep of the next start.
/// </remarks>
internal sealed class ServerGuard : IDisposable
{
    // $0 data directory, $1 run directory, $2 signal, $3 folder to remove or empty. A line on the pipe means that there is nothing left to
    // guard.
    // The server is the one whose command line names our run directory: a later one on the same data directory is not ours to stop. When
    // this process dies while pg_ctl is at work, the server comes up a little later.
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

    /// <summary>Starts the guard, before the server: a process that is killed in between must not leave one behind.</summary>
    /// <param name="cluster">The server.</param>
    /// <param name="runDirectory">Its run directory, which its command line names.</param>
    /// <param name="folderToRemove">A temporary server's folder; null keeps everything and shuts down with a checkpoint.</param>
    public static ServerGuard? Start(ServerCluster cluster, string runDirectory, string? folderToRemove)
    {
        if (OperatingSystem.IsWindows())
            return null;
        // SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one, which is enough for rows that are removed next.
        string[] command = cluster.Account.Command(
            "/bin/sh", "-c", Script, cluster.DataDirectory, runDirectory, folderToRemove is null ? "INT" : "QUIT", folderToRemove ?? "");
        return new ServerGuard(CommandRunner.Start(command));
    }

    /// <summary>Sends the guard home: the server has been stopped.</summary>
    public void Release()
    {
        try
        {
            shell.StandardInput.WriteLine("released");
            shell.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The guard is gone already, for instance because the whole machine is being shut down. Nothing is left for it to do.
        }
    }

    /// <summary>Lets go of the pipe. Without <see cref="Release"/> before, this is what the death of the process does.</summary>
    public void Dispose()
    {
        try
        {
            shell.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // As in Release: a guard that is gone needs no message.
        }

        shell.Dispose();
    }
}
