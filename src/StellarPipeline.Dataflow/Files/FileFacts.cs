using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Dataflow.Files;

/// <summary>Type, owner and permissions of a file. Linux only: on other systems nothing is known.</summary>
/// <param name="Owner">User id of the owner.</param>
/// <param name="Mode">Type and permissions, as in stat(2).</param>
/// <param name="Links">Number of hard links.</param>
internal readonly record struct FileFacts(uint Owner, int Mode, uint Links)
{
    private const int KindMask = 0xF000;
    private const int KindFolder = 0x4000;
    private const int KindRegular = 0x8000;
    private const int KindLink = 0xA000;
    private const int Sticky = 0x200;
    private const int OthersWrite = 2;

    // user_namespaces(7): users without an id in this namespace appear as this one. If every user has an id, it is an ordinary user.
    private static readonly Lazy<uint?> OutsideUser = new(() =>
    {
        try
        {
            string[] map = File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (map is ["0", "0", "4294967295"]) return null;
            return uint.TryParse(File.ReadAllText("/proc/sys/kernel/overflowuid"), System.Globalization.CultureInfo.InvariantCulture,
                out uint user) ? user : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    });

    /// <summary>The effective user id of this process; 0 is root.</summary>
    public static uint CurrentUser { get; } = OperatingSystem.IsLinux() ? Libc.EffectiveUser() : 0;

    /// <summary>True if the owner is root or the user of this process.</summary>
    public bool IsOwnedByUs => Owner == 0 || Owner == CurrentUser;

    /// <summary>
    /// True if the owner, seen from a container with its own user ids, is a user of the host that no process in the container can be.
    /// </summary>
    public bool IsOwnedOutside => Owner == OutsideUser.Value;

    public bool IsFolder => (Mode & KindMask) == KindFolder;

    public bool IsRegular => (Mode & KindMask) == KindRegular;

    public bool IsLink => (Mode & KindMask) == KindLink;

    /// <summary>True if only the owners of the folder and of a file may rename or remove that file.</summary>
    public bool IsSticky => (Mode & Sticky) != 0;

    /// <summary>True for a regular file of root or this user that has no other hard link.</summary>
    public bool IsOwnFile => IsRegular && Links <= 1 && IsOwnedByUs;

    public bool OthersMayWrite => (Mode & OthersWrite) != 0;

    /// <summary>Reads the facts of a path without following a link at its end.</summary>
    /// <returns>The facts; null if the path does not exist or cannot be read.</returns>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        int result = Libc.Facts(Libc.CurrentFolder, path, Libc.NoFollowLink, Libc.BasicFacts, out Libc.Statx facts);
        return result == 0 ? new FileFacts(facts.Owner, facts.Mode, facts.Links) : null;
    }

    /// <summary>Reads the facts of an open file.</summary>
    /// <exception cref="IOException">The system call failed.</exception>
    public static FileFacts Of(SafeFileHandle file)
    {
        if (Libc.Facts(file, "", Libc.EmptyPath, Libc.BasicFacts, out Libc.Statx facts) != 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        return new FileFacts(facts.Owner, facts.Mode, facts.Links);
    }
}
