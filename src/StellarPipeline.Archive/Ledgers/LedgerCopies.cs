using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Copies of the objects of one data store on the local disk: a fetched object is not fetched again.</summary>
/// <remarks>
/// Objects of a data store never change (SEP-54), so a copy is used without asking the store. A copy is not trusted more than the store:
/// its ledgers are proved in the same way, and a damaged copy is removed and fetched again. The folder is named after the store's location,
/// because ledgers of an unproved store must not replace those of another store. Each copy is written under a temporary name and renamed,
/// so several processes can share the folder. A copy that cannot be written is skipped. Safe for use by several callers at once.
/// </remarks>
internal sealed class LedgerCopies
{
    private const long MinFreeBytes = 256L << 20;
    private const int SweepsPerBound = 16;
    private const int FolderDigits = 16;
    private const string TemporaryEnd = ".tmp";
    private static readonly TimeSpan TemporaryAge = TimeSpan.FromDays(1);

    private readonly string root;
    private readonly string folder;
    private readonly long maxBytes;
    private readonly ILogger logger;
    private readonly CacheVolume volume = new();
    private readonly Lock sync = new();
    private long unsweptBytes;
    private bool isStopped;

    /// <summary>Opens the copies of a store.</summary>
    /// <param name="root">The folder of the copies of all stores; made when the first copy is written.</param>
    /// <param name="store">The store's location.</param>
    /// <param name="maxBytes">Most bytes of copies of all stores.</param>
    /// <param name="logger">Receives events 3106 to 3108.</param>
    public LedgerCopies(string root, string store, long maxBytes, ILogger logger)
    {
        this.root = Path.GetFullPath(root);
        this.maxBytes = maxBytes;
        this.logger = logger;
        folder = Path.Combine(this.root, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store)))[..FolderDigits]);

        // The first copy checks what earlier runs left.
        unsweptBytes = maxBytes / SweepsPerBound;
    }

    /// <summary>Opens the copy of an object.</summary>
    /// <param name="path">The object's path in the store.</param>
    /// <returns>The copy, or null when there is none that can be read.</returns>
    public ArchiveObject? Open(string path)
    {
        string file = FileOf(path);
        try
        {
            var content = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.Open, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous,
            });
            Touch(file);
            return new ArchiveObject(content, file, content.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a copy of an object that was read whole and whose content has the store's format.</summary>
    /// <param name="path">The object's path in the store.</param>
    /// <param name="content">The object as it is stored.</param>
    public void Keep(string path, ReadOnlySpan<byte> content)
    {
        if (Volatile.Read(ref isStopped) || content.Length > maxBytes)
            return;
        string file = FileOf(path);
        string temporary = $"{file}.{Path.GetRandomFileName()[..8]}{TemporaryEnd}";
        try
        {
            Directory.CreateDirectory(folder);
            MakeRoom(content.Length);
            using (var copy = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                copy.Write(content);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            BucketCache.Remove(temporary);
            Stop(error.Message);
        }
    }

    /// <summary>Removes the copy of an object with wrong content, whether it was read from the copy or from the store.</summary>
    /// <param name="location">Location of the object or of its copy: <see cref="ArchiveObject.Location"/>.</param>
    /// <returns>True if the location is the copy: the next read uses the store.</returns>
    public bool Discard(string location)
    {
        bool isCopy = location.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        string copy = isCopy ? location : FileOf(location);
        if (File.Exists(copy))
        {
            BucketCache.Remove(copy);
            ArchiveLog.LedgerCopyDiscarded(logger, copy);
        }

        return isCopy;
    }

    // Writing needs room in the bound and on the disk. All files are looked at rarely: a store has an object for each ledger.
    private void MakeRoom(long bytes)
    {
        lock (sync)
        {
            unsweptBytes += bytes;
            if (unsweptBytes < maxBytes / SweepsPerBound)
                return;
            unsweptBytes = 0;
            if (volume.FreeBytes(folder) < MinFreeBytes + bytes)
                throw new IOException("Less than 256 MiB of the disk would stay free.");
            Sweep(maxBytes - (maxBytes / SweepsPerBound) - bytes);
        }
    }

    private void Sweep(long most)
    {
        FileInfo[] files = [.. Files().OrderBy(static file => file.LastWriteTimeUtc)];
        DateTime stale = DateTime.UtcNow - TemporaryAge;
        long held = files.Sum(CacheLayout.LengthOf);
        int removed = 0;
        foreach (FileInfo file in files)
        {
            bool isLeftover = file.Name.EndsWith(TemporaryEnd, StringComparison.Ordinal) && file.LastWriteTimeUtc < stale;
            if (held <= most && !isLeftover)
                continue;
            held -= CacheLayout.LengthOf(file);
            BucketCache.Remove(file.FullName);
            removed++;
        }

        if (removed > 0)
            ArchiveLog.LedgerCopiesEvicted(logger, removed, root);
    }

    // The user may name a folder that holds other things. Only files with our names in folders with our names are counted and removed, and
    // never links or files of other users.
    private IEnumerable<FileInfo> Files() => new DirectoryInfo(root).EnumerateDirectories()
        .Where(static directory => directory.LinkTarget is null && directory.Name.Length == FolderDigits
            && directory.Name.All(char.IsAsciiHexDigitLower))
        .SelectMany(static directory => LedgerStoreLayout.Extensions.SelectMany(
            extension => directory.EnumerateFiles($"*--*{extension}").Concat(directory.EnumerateFiles($"*--*{extension}.*{TemporaryEnd}"))))
        .Where(GuardedFile.IsOurs);

    private void Stop(string cause)
    {
        if (!Interlocked.Exchange(ref isStopped, true))
            ArchiveLog.LedgerCopiesStopped(logger, folder, cause);
    }

    // The time of the last use decides what goes first. It is no loss where it cannot be noted.
    private static void Touch(string file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process has removed it, or it is another user's.
        }
    }

    // The last part of a path names the ledgers of an object.
    private string FileOf(string path) => Path.Combine(folder, path[(path.LastIndexOf('/') + 1)..]);
}
