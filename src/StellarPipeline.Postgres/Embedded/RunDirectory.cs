using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Dataflow;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>
/// The folder of one running server: its socket, its settings and, for a temporary server, its data. Mode 0700, owned by the server's user.
/// </summary>
internal sealed class RunDirectory
{
    /// <summary>Prefix of the names of these folders, by which the sweep finds leftovers.</summary>
    public const string Prefix = "pipeline-pg-";

    /// <summary>The socket's number, which is part of its file name. The folder is unique, so the number need not be.</summary>
    public const int SocketPort = 5432;

    private static readonly Backoff RemovalPauses = Backoff.Steady(TimeSpan.FromMilliseconds(50));

    private readonly ServerAccount account;

    private RunDirectory(string path, OwnerLock ownerLock, ServerAccount account)
    {
        FullPath = path;
        Lock = ownerLock;
        this.account = account;
    }

    /// <summary>Full path.</summary>
    public string FullPath { get; }

    /// <summary>Prevents the sweep of another process from removing the folder.</summary>
    public OwnerLock Lock { get; }

    /// <summary>Path of a file or folder inside.</summary>
    public string Inside(string name) => Path.Combine(FullPath, name);

    /// <summary>The folders in which run directories may be created, best first: only those that other users cannot replace.</summary>
    /// <exception cref="EmbeddedServerException">There is no such folder.</exception>
    public static IReadOnlyList<string> Roots(string? given)
    {
        string[] roots = given is not null ? [Path.GetFullPath(given)] : SystemRoots();
        List<string> safe = [.. roots.Where(root => FolderTrust.FindDanger(root, isShared: true) is null)];
        if (safe.Count == 0)
            EmbeddedThrow.DirectoryOfOthers("folder for temporary files", roots[0], FolderTrust.FindDanger(roots[0], isShared: true)!);
        return safe;
    }

    private static string[] SystemRoots()
    {
        string system = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        // TMPDIR may be too long for a socket, or closed to the user of the server (macOS, systemd, some shells of root).
        return OperatingSystem.IsWindows() || system == "/tmp" ? [system] : [system, "/tmp"];
    }

    /// <summary>Bytes of the socket path that a run directory under this root will have.</summary>
    public static int SocketPathBytes(string root) =>
        Encoding.UTF8.GetByteCount(SocketPath(Path.Combine(root, Prefix + new string('0', 16))));

    /// <summary>
    /// Longest socket path in bytes: <c>sun_path</c> of unix(7) holds 108 bytes on Linux and 104 on BSD and macOS, with the closing zero.
    /// </summary>
    public static int MaxSocketPathBytes => OperatingSystem.IsLinux() ? 107 : 103;

    /// <summary>Creates a run directory under the first suitable root.</summary>
    /// <param name="roots">See <see cref="Roots"/>.</param>
    /// <param name="account">The server's user, who becomes the owner of the folder.</param>
    /// <param name="needsSocket">Whether the path must be short enough for a socket.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="EmbeddedServerException">No root is suitable.</exception>
    public static async Task<RunDirectory> CreateAsync(
        IReadOnlyList<string> roots, ServerAccount account, bool needsSocket, CancellationToken cancellationToken)
    {
        foreach (string root in roots)
        {
            bool isLast = root == roots[^1];
            if (needsSocket && SocketPathBytes(root) > MaxSocketPathBytes)
            {
                if (isLast)
                {
                    EmbeddedThrow.SocketPathTooLong(
                        SocketPath(Path.Combine(root, Prefix + "…")), SocketPathBytes(root), MaxSocketPathBytes);
                }

                continue;
            }

            string path = Path.Combine(root, Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
            CreatePrivate(path);
            (OwnerLock? ownerLock, string? owner) = OwnerLock.TryTake(path, account.UserId);
            if (ownerLock is null)
                EmbeddedThrow.DirectoryInUse(path, owner);
            var directory = new RunDirectory(path, ownerLock, account);
            await account.GiveAsync(path, cancellationToken).ConfigureAwait(false);
            if (await account.CanUseAsync(path, cancellationToken).ConfigureAwait(false))
                return directory;

            // A user who cannot enter the folder can neither remove nor replace anything in it, so this process may remove it.
            await RemoveTreeAsync(path).ConfigureAwait(false);
            ownerLock.Dispose();
            if (isLast)
                EmbeddedThrow.DirectoryUnreachable(root, account.Name);
        }

        throw new InvalidOperationException("There is always one root.");
    }

    /// <summary>Creates a folder that only its owner can enter.</summary>
    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a new file that only its owner can read. An existing file or link of this name is an error.</summary>
    public static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    /// <summary>Removes the folder and its content.</summary>
    public async Task RemoveAsync()
    {
        await RemoveTreeAsync(FullPath, account).ConfigureAwait(false);
        Lock.Dispose();
    }

    /// <summary>Removes a folder; tries again for a while, because the last processes of a killed server may still write into it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="account">The server's user, who owns the folder. Its content is removed with the rights of this user, who could
    /// replace files meanwhile. Null for the user of this process.</param>
    public static async Task RemoveTreeAsync(string path, ServerAccount? account = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (account?.UserId is not null)
                    await account.RemoveAsync(path, CancellationToken.None).ConfigureAwait(false);

                // Root removes only the empty folder, because the server's user may not have the right to change its parent.
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: account?.UserId is null);
                return;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException && attempt < 40)
            {
                await RemovalPauses.WaitAsync(attempt).ConfigureAwait(false);
            }
        }
    }

    private static string SocketPath(string directory) => FormattableString.Invariant($"{directory}/.s.PGSQL.{SocketPort}");
}
