using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Keeps copies of the small checkpoint files of one archive, for offline use only: online, the archive is read.</summary>
/// <remarks>They are not verified here. Their users prove them, like those of an archive.</remarks>
internal sealed class CheckpointStore
{
    /// <summary>Size limit of a kept file in bytes.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    // Two files belong to each checkpoint.
    private const int MaxFiles = 400;

    private readonly string folder;

    /// <summary>Creates a store.</summary>
    /// <param name="layout">The cache.</param>
    /// <param name="scope">The name of the archive or its network; null to derive one from its location.</param>
    /// <param name="location">The archive's location.</param>
    public CheckpointStore(CacheLayout layout, string? scope, string location) =>
        folder = Path.Combine(
            layout.CheckpointFolder, scope ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(location)))[..16]);

    /// <summary>True for files that are kept: checkpoint files with names of an archive.</summary>
    public static bool Keeps(string path) =>
        path == ArchivePath.RootState
        || ((path.StartsWith("history/", StringComparison.Ordinal) || path.StartsWith("ledger/", StringComparison.Ordinal))
            && path.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '/' or '-' or '.')
            && !path.Contains("..", StringComparison.Ordinal));

    /// <summary>True if there is a copy.</summary>
    public bool Has(string path) => Keeps(path) && File.Exists(FileOf(path));

    /// <summary>Opens a file of an archive, and keeps a copy if it is a checkpoint file.</summary>
    public async ValueTask<ArchiveObject?> OpenAsync(
        IArchiveTransport archive, string path, long offset, CancellationToken cancellationToken)
    {
        ArchiveObject? file = await archive.OpenAsync(path, offset, cancellationToken).ConfigureAwait(false);
        if (file is null || offset > 0 || !Keeps(path))
            return file;
        var copying = new CopyingStream(file.Content, MaxFileBytes, content => Save(path, content.Span));
        return new ArchiveObject(copying, file.Location, file.LengthBytes);
    }

    /// <summary>Opens a copy.</summary>
    /// <returns>The copy, or null if there is none.</returns>
    public ArchiveObject? Open(string path, long offset)
    {
        if (!Has(path))
            return null;
        string file = FileOf(path);
        try
        {
            byte[] content = File.ReadAllBytes(file);
            int start = (int)Math.Min(offset, content.Length);
            return new ArchiveObject(
                new MemoryStream(content, start, content.Length - start, writable: false), file, content.Length - start);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(file, error);
        }
    }

    /// <summary>Saves a copy. A failure is ignored: it matters only offline, and is reported then.</summary>
    public void Save(string path, ReadOnlySpan<byte> content)
    {
        string file = FileOf(path);
        string temporary = $"{file}.{Path.GetRandomFileName()[..8]}.tmp";
        try
        {
            Directory.CreateDirectory(folder);
            using (var copy = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write)) copy.Write(content);
            File.Move(temporary, file, overwrite: true);
            RemoveOldest();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            BucketCache.Remove(temporary);
        }
    }

    private void RemoveOldest()
    {
        FileInfo[] files = new DirectoryInfo(folder).GetFiles();
        foreach (FileInfo old in files.OrderBy(file => file.LastWriteTimeUtc).Take(Math.Max(0, files.Length - MaxFiles)))
            BucketCache.Remove(old.FullName);
    }

    // The last part of the path identifies every checkpoint file.
    private string FileOf(string path) => Path.Combine(folder, path[(path.LastIndexOf('/') + 1)..]);
}
