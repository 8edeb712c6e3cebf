namespace StellarPipeline.Archive.Buckets;

/// <summary>Sizes and bounds for reading buckets.</summary>
/// <remarks>
/// Memory of one read ≈ buckets (at most 21) × ((<see cref="WindowsPerBucket"/> + 3) × <see cref="WindowBytes"/> + 128 KiB), about 18 MiB
/// by default, whatever the size of the archive; more only while records larger than a window pass through. A window is being filled, one
/// waits to be queued, one is being read.
/// </remarks>
public sealed record ArchiveReadOptions
{
    /// <summary>Smallest window and chunk.</summary>
    public const int SmallestBytes = 64;

    /// <summary>Uncompressed bytes of one bucket that travel together from the decompressor to the merge.</summary>
    /// <value>Bytes, 64 to 16 MiB. Default 128 KiB: several fit the second-level cache of a core, and hand-over costs nothing at this
    /// size.</value>
    public int WindowBytes { get; init; } = 128 * 1024;

    /// <summary>Windows that may wait, for each bucket, between the decompressor and the merge.</summary>
    /// <value>Windows, 1 to 64. Default 3.</value>
    public int WindowsPerBucket { get; init; } = 3;

    /// <summary>Bytes of live entries that travel together from the merge to its consumer.</summary>
    /// <value>Bytes, 64 to 64 MiB. Default 256 KiB: the rows of most chunks fit one page of COPY rows. An entry that is larger travels
    /// alone.</value>
    public int ChunkBytes { get; init; } = 256 * 1024;

    /// <summary>Largest record that is accepted.</summary>
    /// <value>
    /// Bytes, 64 to 1 GiB. Default 16 MiB: peers of the network accept no larger message (stellar-core src/overlay/Peer.h), so no entry can
    /// be larger.
    /// </value>
    public int MaxRecordBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest bucket that is accepted, uncompressed.</summary>
    /// <value>Bytes, at least 1. Default 100 GiB, the bound of stellar-core (src/history/HistoryArchive.h).</value>
    public long MaxBucketBytes { get; init; } = 100L * 1024 * 1024 * 1024;

    /// <summary>Refuses values that are out of bounds, all of them at once.</summary>
    /// <exception cref="ArchiveException">At least one value is out of bounds (kind usage, code OPTIONS).</exception>
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
