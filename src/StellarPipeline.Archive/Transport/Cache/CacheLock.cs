using Microsoft.Win32.SafeHandles;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>
/// A lock on one bucket between processes, and between caches in one process. The system releases it when its process ends, however it
/// ends.
/// </summary>
/// <remarks>
/// Shared: the bucket is in use and may not go. Exclusive: it is being fetched or removed. On Unix this is <c>flock</c>; a file system that
/// has none locks nothing, and then only the merge, which hashes every bucket again, notices when two processes disturb each other.
/// </remarks>
internal sealed class CacheLock : IDisposable
{
    // EAGAIN on Linux and on macOS, and ERROR_SHARING_VIOLATION on Windows: the only failures that mean that somebody else has the lock.
    private static readonly int[] HeldByOthers = [11, 35, unchecked((int)0x80070020)];

    private readonly SafeFileHandle handle;

    private CacheLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Takes a shared lock.</summary>
    /// <returns>The lock, or null when somebody has it exclusively.</returns>
    public static CacheLock? TryShared(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Takes an exclusive lock.</summary>
    /// <returns>The lock, or null when somebody has it.</returns>
    public static CacheLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>
    /// Takes an exclusive lock to remove what nobody needs. What cannot be locked, such as a bucket of another user, is left alone like one
    /// in use.
    /// </summary>
    /// <returns>The lock, or null when somebody has it or it cannot be had.</returns>
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
        // Opening a lock makes its file: not where somebody else wants one.
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
