using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using StellarPipeline.Dataflow;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>One data directory: creates the cluster, and starts, checks and stops its server.</summary>
internal sealed class ServerCluster
{
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(30);
    private static readonly Backoff LeftoverLooks = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100));

    public ServerCluster(ServerBinaries binaries, ServerAccount account, string dataDirectory)
    {
        Binaries = binaries;
        Account = account;
        DataDirectory = dataDirectory;
    }

    public ServerBinaries Binaries { get; }

    public ServerAccount Account { get; }

    public string DataDirectory { get; }

    /// <summary>The file with the server's messages since its last start.</summary>
    public string LogPath => Path.Combine(DataDirectory, "pipeline-server.log");

    private string ProcessIdPath => Path.Combine(DataDirectory, "postmaster.pid");

    private string PasswordPath => Path.Combine(DataDirectory, ServerConfiguration.PasswordFileName);

    /// <summary>Whether a folder contains a cluster.</summary>
    public static bool Exists(string directory) => File.Exists(Path.Combine(directory, "PG_VERSION"));

    /// <summary>Creates the cluster in an absent or empty folder.</summary>
    public async Task InitializeAsync(RunDirectory run, bool durable, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await DataDirectoryPlan.MakeAsync(DataDirectory, Account, cancellationToken).ConfigureAwait(false);
        if (!await Account.CanUseAsync(DataDirectory, cancellationToken).ConfigureAwait(false))
            EmbeddedThrow.DirectoryUnreachable(DataDirectory, Account.Name);

        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        string passwordFile = run.Inside("initial-password");
        await Account.WriteAsync(passwordFile, password + "\n", cancellationToken).ConfigureAwait(false);
        // The access rules that initdb writes apply only if somebody starts this cluster by hand. They require the password, or the same
        // system user.
        string[] arguments =
        [
            "--pgdata", DataDirectory, "--username", ServerConfiguration.Superuser, "--pwfile", passwordFile, "--encoding", "UTF8",
            "--locale", "C",
            "--auth-host", "scram-sha-256", "--auth-local", OperatingSystem.IsWindows() ? "scram-sha-256" : "peer",
            .. durable ? Array.Empty<string>()
                : ["--no-sync"],
        ];
        CommandResult result;
        try
        {
            result = await CommandRunner.RunAsync(Account.Command([Binaries.Program("initdb"), .. arguments]), timeout, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            EmbeddedThrow.ToolFailed("initdb", DataDirectory, error.Message, error);
            throw;
        }

        await Account.RemoveAsync(passwordFile, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
            EmbeddedThrow.ToolFailed("initdb", DataDirectory, result.Output);
        await Account.WriteAsync(PasswordPath, password, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The superuser's password, which <see cref="InitializeAsync"/> wrote into the data directory.</summary>
    public string Password()
    {
        if (!File.Exists(PasswordPath))
            EmbeddedThrow.PasswordAbsent(DataDirectory, PasswordPath);
        return ReadText(ServerConfiguration.PasswordFileName).Trim();
    }

    /// <summary>
    /// Whether this program started the most recent server of this data directory (its command line then names a run directory).
    /// </summary>
    public bool IsOurs()
    {
        string path = Path.Combine(DataDirectory, "postmaster.opts");
        return File.Exists(path) && File.ReadAllText(path).Contains(RunDirectory.Prefix, StringComparison.Ordinal);
    }

    /// <summary>Process id of the server that runs on this data directory, or null.</summary>
    public async Task<int?> RunningProcessIdAsync(CancellationToken cancellationToken)
    {
        if (RecordedProcessId() is not { } processId)
            return null;
        if (OperatingSystem.IsLinux())
            return WorksHere(processId) ? processId : null;
        CommandResult result = await CommandRunner.RunAsync(
            Account.Command(Binaries.Program("pg_ctl"), "status", "-D", DataDirectory), LookTimeout, cancellationToken)
            .ConfigureAwait(false);
        return result.ExitCode == 0 ? processId : null;
    }

    /// <summary>
    /// The address of the server that runs on this data directory, as the server recorded it; null if that cannot be read.
    /// </summary>
    /// <remarks>
    /// PostgreSQL source, miscadmin.h: line 4 of postmaster.pid is the port, line 5 the socket's folder, line 6 an address.
    /// </remarks>
    public (string Host, int Port, bool IsSocket)? RunningAddress()
    {
        try
        {
            string[] lines = ReadText(Path.GetFileName(ProcessIdPath)).Split('\n', StringSplitOptions.TrimEntries);
            if (lines.Length < 6 || !int.TryParse(lines[3], CultureInfo.InvariantCulture, out int port))
                return null;
            return lines[4].Length > 0 ? (lines[4], port, true) : lines[5].Length > 0 ? (lines[5], port, false) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Clears what a killed server left, so that the next start is not refused.</summary>
    /// <remarks>
    /// PostgreSQL overwrites a postmaster.pid whose process has ended, and recovers from WAL. It refuses to start in two cases: if
    /// processes of the dead server are still running (this method waits for them), or if the process id meanwhile belongs to another
    /// program of the same user (usual in containers, where few ids are in use; this method removes the file).
    /// </remarks>
    public async Task ClearStaleAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || RecordedProcessId() is not { } processId)
            return;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        int looks = 0;
        while (ProcessIds().Where(WorksHere).FirstOrDefault() is > 0 and var left)
        {
            if (deadline.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                EmbeddedThrow.ForeignServerRunning(DataDirectory, left);
            }

            await LeftoverLooks.WaitAsync(++looks, cancellationToken).ConfigureAwait(false);
        }

        if (Directory.Exists(FormattableString.Invariant($"/proc/{processId}")))
            await Account.RemoveAsync(ProcessIdPath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    /// <returns>Its process id.</returns>
    public async Task<int> StartAsync(string configurationPath, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await Account.RemoveAsync(LogPath, cancellationToken).ConfigureAwait(false);
        // pg_ctl starts the server in its own session: Ctrl+C in the terminal must start this program's clean shutdown, not the server's.
        string seconds = Math.Max(1, (long)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] command = Account.Command(
            Binaries.Program("pg_ctl"), "start", "-D", DataDirectory, "-l", LogPath, "-w", "-t", seconds, "-o",
            $"-c config_file=\"{configurationPath}\"");
        CommandResult result;
        try
        {
            result = await CommandRunner.RunAsync(command, timeout + TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            EmbeddedThrow.StartFailed(DataDirectory, LogPath, Log(), error);
            throw;
        }

        if (result.ExitCode != 0 || RecordedProcessId() is not { } processId)
        {
            EmbeddedThrow.StartFailed(DataDirectory, LogPath, Log() is { Length: > 0 } log ? log : result.Output);
            throw new InvalidOperationException();
        }

        return processId;
    }

    /// <summary>Stops the server by a fast shutdown, or an immediate one if that takes too long. Does nothing if none runs.</summary>
    /// <param name="timeout">Time for the fast shutdown; zero for an immediate shutdown.</param>
    /// <exception cref="EmbeddedServerException">The server did not stop.</exception>
    public async Task StopAsync(TimeSpan timeout)
    {
        CommandResult? result = null;
        foreach ((string? mode, TimeSpan patience) in new[] { ("fast", timeout), ("immediate", TimeSpan.FromSeconds(30)) })
        {
            if (await RunningProcessIdAsync(CancellationToken.None).ConfigureAwait(false) is null)
                return;
            if (patience <= TimeSpan.Zero)
                continue;
            string seconds = Math.Max(1, (long)patience.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            string[] command = Account.Command(Binaries.Program("pg_ctl"), "stop", "-D", DataDirectory, "-m", mode, "-w", "-t", seconds);
            result =
                await CommandRunner.RunAsync(command, patience + TimeSpan.FromSeconds(10), CancellationToken.None).ConfigureAwait(false);
            if (result.ExitCode == 0)
                return;
        }

        if (await RunningProcessIdAsync(CancellationToken.None).ConfigureAwait(false) is { } processId)
            EmbeddedThrow.StopFailed(DataDirectory, processId, result?.Output ?? "");
    }

    /// <summary>The server's messages since its last start; empty if they cannot be read.</summary>
    public string Log()
    {
        try
        {
            return File.Exists(LogPath) ? ReadText(Path.GetFileName(LogPath)) : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    // The folder belongs to the server's user, who must not be able to reveal one of root's files by means of a link.
    private string ReadText(string name)
    {
        if (Account.UserId is null || !OperatingSystem.IsLinux())
            return File.ReadAllText(Path.Combine(DataDirectory, name));
        using SafeFileHandle? handle = GuardedFile.Open(DataDirectory, name, makes: false, Account.UserId);
        if (handle is null)
            return "";
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadToEnd();
    }

    private int? RecordedProcessId()
    {
        try
        {
            return int.TryParse(File.ReadLines(ProcessIdPath).FirstOrDefault(), CultureInfo.InvariantCulture, out int processId)
                ? processId
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<int> ProcessIds() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture, out int processId)
                ? processId : 0).Where(processId => processId > 0);

    /// <summary>Whether the working directory of a process is this data directory, as it is for every process of a server.</summary>
    private bool WorksHere(int processId)
    {
        try
        {
            return File.ResolveLinkTarget(
                FormattableString.Invariant($"/proc/{processId}/cwd"), returnFinalTarget: false)?.FullName == DataDirectory;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
