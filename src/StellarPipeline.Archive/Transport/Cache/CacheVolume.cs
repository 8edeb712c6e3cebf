using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The disk that the cache is on. Tests put a smaller one in its place.</summary>
internal class CacheVolume
{
    // ENOSPC, EDQUOT on Linux and on macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private static readonly int[] FullCodes = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>True when an error says that there is no room any more.</summary>
    public static bool IsFull(Exception error) => error is IOException && FullCodes.Contains(error.HResult);

    /// <summary>Free bytes for this user; null when the system does not say.</summary>
    public virtual long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Writes bytes at a place of a file.</summary>
    public virtual ValueTask WriteAsync(
        SafeFileHandle file, ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken) =>
            RandomAccess.WriteAsync(file, bytes, offset, cancellationToken);

    /// <summary>Makes sure that what was written survives a loss of power.</summary>
    public virtual void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);
}
