using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Dataflow.Files;

/// <summary>Linux system calls that .NET does not offer: open without following a link, and the owner of an open file.</summary>
/// <remarks>
/// Numbers: Linux uapi headers, asm-generic/fcntl.h and, for 32 and 64 bit ARM and for POWER, their own fcntl.h; statx(2).
/// </remarks>
internal static partial class Libc
{
    public const int CurrentFolder = -100;
    public const int NoFollowLink = 0x100;
    public const int EmptyPath = 0x1000;
    public const uint BasicFacts = 0x7ff;

    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    public static readonly int Folder = HasOwnNumbers ? 0x4000 : 0x10000;
    public static readonly int NoFollow = HasOwnNumbers ? 0x8000 : 0x20000;

    private static bool HasOwnNumbers =>
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial SafeFileHandle OpenAt(int folder, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial SafeFileHandle OpenAt(SafeFileHandle folder, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Facts(int folder, string path, int flags, uint mask, out Statx facts);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Facts(SafeFileHandle file, string path, int flags, uint mask, out Statx facts);

    /// <summary>The fields of struct statx that are used here; its size is fixed.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        /// <summary>Number of hard links.</summary>
        [FieldOffset(16)]
        public uint Links;

        /// <summary>User id of the owner.</summary>
        [FieldOffset(20)]
        public uint Owner;

        /// <summary>Type and permissions.</summary>
        [FieldOffset(28)]
        public ushort Mode;
    }
}
