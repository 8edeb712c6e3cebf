namespace StellarPipeline.Generator.Writing;

/// <summary>A written bucket file.</summary>
/// <param name="Hash">SHA-256 of the uncompressed bytes, 64 lower-case hex digits; all zeros if there is no file.</param>
/// <param name="Records">Number of records, including the metadata record.</param>
/// <param name="RawBytes">Uncompressed bytes, including record marks.</param>
/// <param name="CompressedBytes">Bytes on disk.</param>
public sealed record BucketFile(string Hash, long Records, long RawBytes, long CompressedBytes)
{
    /// <summary>The empty bucket: it has no file, and its hash is all zeros by convention.</summary>
    public static BucketFile Empty { get; } = new(new string('0', 64), 0, 0, 0);

    /// <summary>Whether there is no file.</summary>
    public bool IsEmpty => Hash == Empty.Hash;
}
