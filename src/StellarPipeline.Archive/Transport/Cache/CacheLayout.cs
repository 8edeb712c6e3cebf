using StellarPipeline.Dataflow.Files;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Names the files of a bucket cache. Every name is built from a hash, never from text from outside.</summary>
/// <remarks>
/// <c>bucket-HASH.xdr.gz</c>: a bucket as the archive stores it. <c>bucket-HASH.proof</c>: written last, records that it was verified.
/// <c>bucket-HASH.RANDOM.part</c>: a bucket that is arriving, or the part left by an interrupted download. <c>locks/HASH.lock</c>: always
/// empty and never removed, because a lock on a removed file does not exclude anyone.
/// </remarks>
internal sealed class CacheLayout(string folder)
{
    private const string DataEnd = ".xdr.gz";
    private const string ProofEnd = ".proof";
    private const string PartEnd = ".part";
    private const string TemporaryEnd = ".tmp";
    private const string Start = "bucket-";

    /// <summary>The cache's folder.</summary>
    public string Folder => folder;

    /// <summary>The folder of the lock files.</summary>
    public string LockFolder { get; } = Path.Combine(folder, "locks");

    /// <summary>The folder of the copies of checkpoint files.</summary>
    public string CheckpointFolder { get; } = Path.Combine(folder, "checkpoints");

    /// <summary>The file of a bucket.</summary>
    public string Data(Hash256 hash) => Path.Combine(folder, Start + hash + DataEnd);

    /// <summary>The proof that it is verified.</summary>
    public string Proof(Hash256 hash) => Path.Combine(folder, Start + hash + ProofEnd);

    /// <summary>Its lock file.</summary>
    public string Lock(Hash256 hash) => Path.Combine(LockFolder, hash + ".lock");

    /// <summary>A new name for an arriving bucket.</summary>
    public string NewPart(Hash256 hash) => Path.Combine(folder, $"{Start}{hash}.{Path.GetRandomFileName()[..8]}{PartEnd}");

    /// <summary>A new name for a proof that is being written.</summary>
    public string NewTemporary(Hash256 hash) => Path.Combine(folder, $"{Start}{hash}.{Path.GetRandomFileName()[..8]}{TemporaryEnd}");

    /// <summary>The parts of a bucket left by interrupted downloads.</summary>
    /// <exception cref="ArchiveException">The folder cannot be read.</exception>
    public IEnumerable<FileInfo> Parts(Hash256 hash) => List($"{Start}{hash}.*{PartEnd}");

    /// <summary>All files with a bucket's hash in their name, of every kind.</summary>
    /// <exception cref="ArchiveException">The folder cannot be read.</exception>
    public IEnumerable<(Hash256 Hash, CacheFileKind Kind, FileInfo File)> Files()
    {
        foreach (FileInfo file in List(Start + "*"))
        {
            string name = file.Name;
            int hashEnd = Start.Length + (2 * Hash256.LengthBytes);
            if (name.Length <= hashEnd || name[hashEnd] != '.' || !Hash256.TryParse(name.AsSpan()[Start.Length..hashEnd], out Hash256 hash))
                continue;
            CacheFileKind? kind = name[hashEnd..] switch
            {
                DataEnd => CacheFileKind.Data,
                ProofEnd => CacheFileKind.Proof,
                _ when name.EndsWith(PartEnd, StringComparison.Ordinal) || name.EndsWith(TemporaryEnd, StringComparison.Ordinal) =>
                    CacheFileKind.Part,
                _ => null,
            };
            if (kind is { } known)
                yield return (hash, known, file);
        }
    }

    /// <summary>Size of a listed file in bytes; 0 if another process has removed or renamed it since.</summary>
    public static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    // A complete list, because files come and go meanwhile.
    private FileInfo[] List(string pattern)
    {
        try
        {
            // Links and files of other users are ignored, so that nothing is written through them.
            return [.. new DirectoryInfo(folder).GetFiles(pattern).Where(GuardedFile.IsOurs)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(folder, error);
        }
    }
}
