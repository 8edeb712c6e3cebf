using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Dataflow.Files;

/// <summary>What a file is, and who may change it. Linux only: elsewhere nothing is known.</summary>
/// <param name="Owner">User number of the owner.</param>
/// <param name="Mode">Kind and rights, as in stat(2).</param>
/// <param name="Links">Names of the file.</param>
internal readonly record struct FileFacts(uint Owner, int Mode, uint Links)
{
    private const int KindMask = 0xF000;
    private const int KindFolder = 0x4000;
    private const int KindRegular = 0x8000;
    private const int KindLink = 0xA000;
    private const int Sticky = 0x200;
    private const int OthersWrite = 2;

    // user_namespaces(7): users that have no number here are shown as this one. Where every user has one, it is an ordinary user.
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

    /// <summary>The user that this process acts as; 0 is root.</summary>
    public static uint CurrentUser { get; } = OperatingSystem.IsLinux() ? Libc.EffectiveUser() : 0;

    /// <summary>Root, or the user of this process.</summary>
    public bool IsOwnedByUs => Owner == 0 || Owner == CurrentUser;

    /// <summary>In a container with users of its own: a user of the machine around it, whom no user in the container can be.</summary>
    public bool IsOwnedOutside => Owner == OutsideUser.Value;

    public bool IsFolder => (Mode & KindMask) == KindFolder;

    public bool IsRegular => (Mode & KindMask) == KindRegular;

    public bool IsLink => (Mode & KindMask) == KindLink;

    /// <summary>In such a folder only its owner, and that of a file, may rename or remove the file.</summary>
    public bool IsSticky => (Mode & Sticky) != 0;

    /// <summary>A regular file of ours that no other name leads to.</summary>
    public bool IsOwnFile => IsRegular && Links <= 1 && IsOwnedByUs;

    public bool OthersMayWrite => (Mode & OthersWrite) != 0;

    /// <summary>Looks at a path without following a link at its end.</summary>
    /// <returns>Null where there is nothing, or nothing that can be looked at.</returns>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        int result = Libc.Facts(Libc.CurrentFolder, path, Libc.NoFollowLink, Libc.BasicFacts, out Libc.Statx facts);
        return result == 0 ? new FileFacts(facts.Owner, facts.Mode, facts.Links) : null;
    }

    /// <summary>Looks at what was opened.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static FileFacts Of(SafeFileHandle file)
    {
        if (Libc.Facts(file, "", Libc.EmptyPath, Libc.BasicFacts, out Libc.Statx facts) != 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        return new FileFacts(facts.Owner, facts.Mode, facts.Links);
    }
}
