namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Creates a proof from the stored bytes of a bucket while they pass by.</summary>
internal sealed class BucketProofBuilder
{
    private readonly List<uint> checksums = [];
    private long storedBytes;
    private int blockFilled;
    private uint checksum = Crc32C.Start;

    /// <summary>Takes the next stored bytes.</summary>
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

    /// <summary>Ends the proof.</summary>
    /// <param name="contentBytes">Size of the uncompressed content, which was verified.</param>
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
