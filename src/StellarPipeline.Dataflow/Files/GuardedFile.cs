using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Dataflow.Files;

/// <summary>
/// Opens files in folders where somebody else may have put something in their place. Linux only; elsewhere an ordinary open.
/// </summary>
/// <remarks>
/// Neither the folder nor the file may be a link; both must be of a trusted owner; the file must be a regular one with one name. Nothing is
/// changed before that is known.
/// </remarks>
internal static class GuardedFile
{
    private const int ErrorExists = 17;
    private const int ErrorAbsent = 2;
    private const int ErrorLink = 40;
    private const uint OwnerOnly = 0b110_000_000;

    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name in the folder.</param>
    /// <param name="makes">Whether it is made when absent, with mode 0600.</param>
    /// <param name="alsoTrusted">A user who may own folder and file, besides root and the user of this process; null for none.</param>
    /// <returns>The file; null when it is absent and not made.</returns>
    /// <exception cref="IOException">There is something else, or it cannot be opened.</exception>
    public static SafeFileHandle? Open(string folder, string name, bool makes, uint? alsoTrusted = null)
    {
        string path = Path.Combine(folder, name);
        if (!OperatingSystem.IsLinux())
        {
            if (!makes && !File.Exists(path)) return null;
            if (new DirectoryInfo(folder).LinkTarget is not null || new FileInfo(path).LinkTarget is not null)
                throw new IOException($"{path} is a link, which is not followed here.");
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        using SafeFileHandle held =
            Libc.OpenAt(Libc.CurrentFolder, folder, Libc.ReadOnly | Libc.Folder | Libc.NoFollow | Libc.CloseOnExec, 0);
        if (held.IsInvalid) throw Failed(folder);
        Require(folder, FileFacts.Of(held), alsoTrusted);

        // Not blocking: a pipe that somebody has put there must not hold this process.
        int flags = Libc.ReadWrite | Libc.NoFollow | Libc.NonBlocking | Libc.CloseOnExec | (makes ? Libc.Create : 0);
        SafeFileHandle file = Libc.OpenAt(held, name, flags, OwnerOnly);
        try
        {
            if (file.IsInvalid) return Marshal.GetLastPInvokeError() == ErrorAbsent && !makes ? null : throw Failed(path);
            var facts = FileFacts.Of(file);
            Require(path, facts, alsoTrusted);
            if (!facts.IsRegular || facts.Links > 1)
                throw new IOException($"{path} is not a file of its own (a device, a pipe, or one of several names of a file).");
            SafeFileHandle result = file;
            file = new SafeFileHandle();
            return result;
        }
        finally
        {
            file.Dispose();
        }
    }

    /// <summary>Whether there is a file of ours, and no link, and nothing of another user.</summary>
    public static bool IsOurs(FileInfo file) =>
        OperatingSystem.IsLinux() ? FileFacts.Of(file.FullName) is { IsOwnFile: true } : file is { Exists: true, LinkTarget: null };

    /// <summary>Locks a file against other processes, as long as it is open.</summary>
    /// <returns>False when another process has the lock.</returns>
    public static bool TryLock(SafeFileHandle file) =>
        !OperatingSystem.IsLinux() || Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) == 0;

    /// <summary>Gives an open file to another user, whatever its path leads to by now.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
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
        ErrorLink or ErrorExists => new IOException($"{path} is a link, which is not followed here."),
        _ => new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}."),
    };
}
