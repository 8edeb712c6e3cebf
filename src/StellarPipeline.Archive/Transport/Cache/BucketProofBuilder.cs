namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Computes a proof from the stored bytes of a bucket as they pass.</summary>
internal sealed class BucketProofBuilder
{
    private readonly List<uint> checksums = [];
    private long storedBytes;
    private int blockFilled;
    private uint checksum = Crc32C.Start;

    /// <summary>Adds the next stored bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        storedBytes += bytes.Length;
        while (bytes.Length > 0)
        {
            int count = Math.Min(bytes.Length, BucketProof.BlockBytes - blockFilled);
            checksum = Crc32C.Append(checksum, bytes[..count]);
            bytes = bytes[count..];
            blockFilled += count;
            if (blockFilled == BucketProof.BlockBytes)
                EndBlock();
        }
    }

    /// <summary>Completes the proof.</summary>
    /// <param name="contentBytes">Verified size of the uncompressed content in bytes.</param>
    public BucketProof End(long contentBytes)
    {
        if (blockFilled > 0)
            EndBlock();
        return new BucketProof(storedBytes, contentBytes, [.. checksums]);
    }

    private void EndBlock()
    {
        checksums.Add(Crc32C.End(checksum));
        checksum = Crc32C.Start;
        blockFilled = 0;
    }
}
