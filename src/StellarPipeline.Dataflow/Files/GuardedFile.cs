using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Dataflow.Files;

/// <summary>Opens files in folders where another user may have replaced them. Linux only; on other systems an ordinary open.</summary>
/// <remarks>
/// Neither the folder nor the file may be a link, both must belong to a trusted user, and the file must be a regular file without other
/// hard links. Nothing is changed before this is checked.
/// </remarks>
internal static class GuardedFile
{
    private const int ErrorExists = 17;
    private const int ErrorAbsent = 2;
    private const int ErrorLink = 40;
    private const uint OwnerOnly = 0b110_000_000;

    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name in the folder.</param>
    /// <param name="makes">True creates a missing file, with mode 0600.</param>
    /// <param name="alsoTrusted">Another user who may own folder and file; null for only root and the user of this process.</param>
    /// <returns>The file; null if it is missing and not created.</returns>
    /// <exception cref="IOException">The file fails a check, or cannot be opened.</exception>
    public static SafeFileHandle? Open(string folder, string name, bool makes, uint? alsoTrusted = null)
    {
        string path = Path.Combine(folder, name);
        if (!OperatingSystem.IsLinux())
        {
            if (!makes && !File.Exists(path)) return null;
            if (new DirectoryInfo(folder).LinkTarget is not null || new FileInfo(path).LinkTarget is not null)
                throw new IOException($"{path} is a symbolic link, which is not followed.");
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        using SafeFileHandle held =
            Libc.OpenAt(Libc.CurrentFolder, folder, Libc.ReadOnly | Libc.Folder | Libc.NoFollow | Libc.CloseOnExec, 0);
        if (held.IsInvalid) throw Failed(folder);
        Require(folder, FileFacts.Of(held), alsoTrusted);

        // Non-blocking: a pipe that another user has put there must not block this process.
        int flags = Libc.ReadWrite | Libc.NoFollow | Libc.NonBlocking | Libc.CloseOnExec | (makes ? Libc.Create : 0);
        SafeFileHandle file = Libc.OpenAt(held, name, flags, OwnerOnly);
        try
        {
            if (file.IsInvalid) return Marshal.GetLastPInvokeError() == ErrorAbsent && !makes ? null : throw Failed(path);
            var facts = FileFacts.Of(file);
            Require(path, facts, alsoTrusted);
            if (!facts.IsRegular || facts.Links > 1)
                throw new IOException($"{path} is not a regular file without other hard links.");
            SafeFileHandle result = file;
            file = new SafeFileHandle();
            return result;
        }
        finally
        {
            file.Dispose();
        }
    }

    /// <summary>True for a file of root or this user that is not a link.</summary>
    public static bool IsOurs(FileInfo file) =>
        OperatingSystem.IsLinux() ? FileFacts.Of(file.FullName) is { IsOwnFile: true } : file is { Exists: true, LinkTarget: null };

    /// <summary>Locks a file against other processes, until it is closed.</summary>
    /// <returns>False if another process holds the lock.</returns>
    public static bool TryLock(SafeFileHandle file) =>
        !OperatingSystem.IsLinux() || Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) == 0;

    /// <summary>Changes the owner of an open file, whatever its path points to meanwhile.</summary>
    /// <exception cref="IOException">The system call failed.</exception>
    public static void Give(SafeFileHandle file, uint user, uint group)
    {
        if (OperatingSystem.IsLinux() && Libc.ChangeOwner(file, user, group) != 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    private static void Require(string path, FileFacts facts, uint? alsoTrusted)
    {
        if (!facts.IsOwnedByUs && facts.Owner != alsoTrusted)
            throw new IOException(FormattableString.Invariant($"{path} belongs to another user ({facts.Owner})."));
    }

    private static IOException Failed(string path) => Marshal.GetLastPInvokeError() switch
    {
        ErrorLink or ErrorExists => new IOException($"{path} is a symbolic link, which is not followed."),
        _ => new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}."),
    };
}
