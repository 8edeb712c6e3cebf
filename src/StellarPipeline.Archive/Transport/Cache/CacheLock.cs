using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>
/// A lock on one bucket between processes, and between caches in one process. The system releases it when its process ends, for any reason.
/// </summary>
/// <remarks>
/// Shared: the bucket is in use and must not be removed. Exclusive: it is being fetched or removed. On Unix this is <c>flock</c>. A file
/// system without it locks nothing; then only the merge, which hashes every bucket again, detects that two processes disturbed each other.
/// </remarks>
internal sealed class CacheLock : IDisposable
{
    // EAGAIN on Linux and macOS, and ERROR_SHARING_VIOLATION on Windows: the only errors that mean that another holder has the lock.
    private static readonly int[] HeldByOthers = [11, 35, unchecked((int)0x80070020)];

    private readonly SafeFileHandle handle;

    private CacheLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Takes a shared lock.</summary>
    /// <returns>The lock, or null if another holder has it exclusively.</returns>
    public static CacheLock? TryShared(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Takes an exclusive lock.</summary>
    /// <returns>The lock, or null if another holder has it.</returns>
    public static CacheLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>
    /// Takes an exclusive lock in order to remove unused files. Files that cannot be locked, such as those of another user, are treated as
    /// in use.
    /// </summary>
    /// <returns>The lock, or null if another holder has it or it cannot be taken.</returns>
    public static CacheLock? TryExclusiveToRemove(string path)
    {
        try
        {
            return Open(path, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static CacheLock Open(string path, FileAccess access, FileShare share)
    {
        // Opening a lock creates its file, so do not follow a link to a place that another user chose.
        if (new FileInfo(path).LinkTarget is not null)
            throw new IOException($"{path} is a symbolic link, which is not followed.");
        return new CacheLock(File.OpenHandle(path, FileMode.OpenOrCreate, access, share));
    }

    private static CacheLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return Open(path, access, share);
        }
        catch (IOException error) when (HeldByOthers.Contains(error.HResult))
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(path, error);
        }
    }
}
