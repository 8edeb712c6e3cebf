namespace StellarPipeline.Archive.Buckets;

/// <summary>Buffer sizes and limits for reading buckets.</summary>
/// <remarks>
/// Memory of one read ≈ buckets (at most 21) × ((<see cref="WindowsPerBucket"/> + 3) × <see cref="WindowBytes"/> + 128 KiB): about 18 MiB
/// by default, whatever the size of the archive, and more only while records larger than a window are read. The 3 windows are the one being
/// filled, the one about to be queued and the one being read.
/// </remarks>
public sealed record ArchiveReadOptions
{
    /// <summary>Smallest allowed window and chunk, in bytes.</summary>
    public const int SmallestBytes = 64;

    /// <summary>
    /// Size of a window: the uncompressed bytes of one bucket that are handed from the decompressor to the merge at once.
    /// </summary>
    /// <value>Bytes, 64 to 16 MiB. Default 128 KiB: several windows fit in the second-level cache of a core, and at this size handing over
    /// costs almost nothing.</value>
    public int WindowBytes { get; init; } = 128 * 1024;

    /// <summary>Windows that each bucket can queue between the decompressor and the merge.</summary>
    /// <value>Windows, 1 to 64. Default 3.</value>
    public int WindowsPerBucket { get; init; } = 3;

    /// <summary>Size of a chunk: the bytes of live entries that are handed from the merge to its consumer at once.</summary>
    /// <value>Bytes, 64 to 64 MiB. Default 256 KiB: the rows of most chunks fit in one page of COPY rows. A larger entry gets a chunk of
    /// its own.</value>
    public int ChunkBytes { get; init; } = 256 * 1024;

    /// <summary>Largest record that is accepted.</summary>
    /// <value>
    /// Bytes, 64 to 1 GiB. Default 16 MiB: the network's peers accept no larger message (stellar-core src/overlay/Peer.h), so no entry can
    /// be larger.
    /// </value>
    public int MaxRecordBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest bucket that is accepted, uncompressed.</summary>
    /// <value>Bytes, at least 1. Default 100 GiB, the limit of stellar-core (src/history/HistoryArchive.h).</value>
    public long MaxBucketBytes { get; init; } = 100L * 1024 * 1024 * 1024;

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(nameof(WindowBytes), WindowBytes, SmallestBytes, 16 * 1024 * 1024);
        Check(nameof(WindowsPerBucket), WindowsPerBucket, 1, 64);
        Check(nameof(ChunkBytes), ChunkBytes, SmallestBytes, 64 * 1024 * 1024);
        Check(nameof(MaxRecordBytes), MaxRecordBytes, SmallestBytes, 1024 * 1024 * 1024);
        Check(nameof(MaxBucketBytes), MaxBucketBytes, 1, long.MaxValue);
        if (problems.Count > 0)
            ArchiveThrow.OptionsOutOfBounds(problems);

        void Check(string name, long value, long smallest, long largest)
        {
            if (value < smallest || value > largest)
                problems.Add(FormattableString.Invariant($"{name} is {value:N0}; it must be {smallest:N0} to {largest:N0}"));
        }
    }
}
