using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>All errors of the private server.</summary>
internal static class EmbeddedThrow
{
    [DoesNotReturn]
    public static void Options(List<string> problems) => throw Usage(
        $"{problems.Count} problem(s) in the options of the private PostgreSQL server: {string.Join(" ", problems)}");

    [DoesNotReturn]
    public static void BinariesAbsent(IReadOnlyCollection<string> searched) => throw Usage(
        $"No PostgreSQL server programs (initdb, pg_ctl, postgres) of version {ServerBinaries.MinMajorVersion} or newer were found. "
            + $"Searched: {string.Join(", ", searched)}. Install them (Debian and Ubuntu: apt-get install -y postgresql; Fedora and RHEL: "
            + "dnf install -y postgresql-server; macOS: brew install postgresql), or name their folder in the environment variable PGBIN, "
            + "or connect to a server that already runs.");

    [DoesNotReturn]
    public static void BinariesUnusable(string directory, string reason) => throw Usage(
        $"The folder {directory} was named as the folder of the PostgreSQL server programs, but {reason}. Name the folder that contains "
        + $"initdb, pg_ctl and postgres of version {ServerBinaries.MinMajorVersion} or newer, often /usr/lib/postgresql/<version>/bin.");

    [DoesNotReturn]
    public static void NoAccount() => throw Usage(
        "PostgreSQL refuses to run as root, and this process runs as root on a machine with neither a user postgres nor a user nobody. "
        + "Create one (useradd --system postgres), or run as an ordinary user.");

    [DoesNotReturn]
    public static void NoUserSwitch(string account) => throw Usage(
        $"PostgreSQL refuses to run as root. This process runs as root and found neither setpriv nor runuser to start it as {account}. "
        + "Install util-linux, or run as an ordinary user.");

    [DoesNotReturn]
    public static void DirectoryUnreachable(string directory, string account) => throw Usage(
        $"The folder {directory} cannot be entered by the operating system user {account}, which runs the private PostgreSQL server "
            + "because PostgreSQL refuses to run as root. Choose a folder whose parents everyone may enter (mode 755), such as one "
            + "under /var/lib, or run as an ordinary user.");

    [DoesNotReturn]
    public static void DirectoryUnusable(string directory, Exception cause) => throw new EmbeddedServerException(
        FailureKind.Usage,
        $"The data directory {directory} cannot be used by the operating system user {Environment.UserName}: "
        + $"{cause.Message} Name a folder that this user may write, or one whose parent it may write.",
        cause);

    [DoesNotReturn]
    public static void DirectoryOfOthers(string kind, string directory, string danger) => throw Usage(
        $"The {kind} {directory} is not safe to use: {danger}. Other users of this machine could overwrite or read your files. "
            + "Nothing in it was touched. Name a folder that belongs to you, in folders that only you and root may change (a shared one "
            + "like /tmp needs its sticky bit: chmod +t).");

    [DoesNotReturn]
    public static void NoCluster(string directory) => throw Usage(
        $"There is no private server in {directory} (no file PG_VERSION, or this user may not see it). Nothing was created. "
        + "The first load into it creates it (populate, backfill). If there should be one, check the spelling of the data directory; for "
        + "a server of your own, name the database.");

    [DoesNotReturn]
    public static void DirectoryNotACluster(string directory) => throw Usage(
        $"The data directory {directory} is not empty and contains no PostgreSQL cluster (no file PG_VERSION). Nothing in it was touched. "
        + "Name an empty folder, or one that an earlier run created.");

    [DoesNotReturn]
    public static void DirectoryOfOtherVersion(string directory, string found, int expected, string binaries) => throw Usage(
        $"The data directory {directory} was created by PostgreSQL {found}, but the programs in {binaries} are version {expected}. "
        + $"Name another data directory, or the programs of version {found} in the environment variable PGBIN.");

    [DoesNotReturn]
    public static void DirectoryInUse(string directory, string owner) => throw Usage(
        $"The data directory {directory} is in use by another run ({owner}). Wait for it to end, or name another data directory. If the "
            + "other run is the command server, stop it, or load into its server by the address that it printed.");

    [DoesNotReturn]
    public static void ForeignServerRunning(string directory, int processId) => throw Usage(
        $"A PostgreSQL server that this program did not start (process {processId}) is using the data directory {directory}. "
        + "Connect to that server instead, or stop it (pg_ctl stop) and run again, or name another data directory.");

    [DoesNotReturn]
    public static void PasswordAbsent(string directory, string path) => throw Usage(
        $"The data directory {directory} has no file {path} with the password that a TCP connection needs: it was not created by this "
            + "program. Use a unix socket, or another data directory.");

    [DoesNotReturn]
    public static void SocketPathTooLong(string path, int bytes, int maxBytes) => throw Usage(
        $"The socket path {path} is {bytes} bytes long; the system allows {maxBytes}. Choose a shorter folder for temporary files "
            + "(environment variable TMPDIR).");

    [DoesNotReturn]
    public static void ToolFailed(string tool, string directory, string output, Exception? cause = null) => throw Failure(
        $"{tool} failed for the data directory {directory}: {Tail(output)} Check free space and permissions of that folder.", cause);

    [DoesNotReturn]
    public static void StartFailed(string directory, string logPath, string log, Exception? cause = null) => throw Failure(
        $"The private PostgreSQL server for the data directory {directory} did not start. Its log ({logPath}) ends with: {Tail(log)} "
        + "Correct what the log names (memory, disk space, a setting), then run again.", cause);

    [DoesNotReturn]
    public static void StopFailed(string directory, int processId, string output) => throw Failure(
        $"The private PostgreSQL server (process {processId}, data directory {directory}) did not stop: {Tail(output)} "
        + "Its files were left in place. End that process, then run again.", null);

    private static EmbeddedServerException Usage(string message) => new(FailureKind.Usage, message);

    private static EmbeddedServerException Failure(string message, Exception? cause) => new(FailureKind.Database, message, cause);

    /// <summary>The last lines, joined into one, so that the reader of an error need not open a file.</summary>
    private static string Tail(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "(no output)." : string.Join(" | ", lines[^Math.Min(lines.Length, 12)..]) + " —";
    }
}
