using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The disk of the cache. Tests replace it with a smaller one.</summary>
internal class CacheVolume
{
    // ENOSPC, EDQUOT on Linux and on macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private static readonly int[] FullCodes = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>True if the error means that the disk is full.</summary>
    public static bool IsFull(Exception error) => error is IOException && FullCodes.Contains(error.HResult);

    /// <summary>Free bytes for this user; null if the system does not report them.</summary>
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

    /// <summary>Writes bytes at a position of a file.</summary>
    public virtual ValueTask WriteAsync(
        SafeFileHandle file, ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken) =>
            RandomAccess.WriteAsync(file, bytes, offset, cancellationToken);

    /// <summary>Flushes a file to disk, so that its content survives a loss of power.</summary>
    public virtual void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);
}
