using System.Text;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>The file that says that a bucket was verified.</summary>
public sealed class BucketProofTests
{
    private static readonly Hash256 Bucket = HashOf("a bucket");

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE306_9283u)]
    public void Crc32C_OfKnownText_IsTheKnownNumber(string text, uint expected)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        uint whole = Crc32C.End(Crc32C.Append(Crc32C.Start, bytes));
        uint inPieces = Crc32C.Start;
        foreach (byte value in bytes)
            inPieces = Crc32C.Append(inPieces, [value]);

        Assert.Equal(Crc32C.End(inPieces), whole);
        Assert.Equal(expected, whole);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BucketProof.BlockBytes - 1)]
    [InlineData(BucketProof.BlockBytes)]
    [InlineData(BucketProof.BlockBytes + 1)]
    [InlineData((2 * BucketProof.BlockBytes) + 5)]
    public void Parse_OfAWrittenProof_GivesItsValues(int storedBytes)
    {
        byte[] stored = TestFiles.Bytes(storedBytes);
        var builder = new BucketProofBuilder();
        foreach (byte[] piece in stored.Chunk(333_333))
            builder.Append(piece);

        var proof = BucketProof.Parse(builder.End(contentBytes: 77).ToBytes(Bucket), Bucket);

        Assert.NotNull(proof);
        Assert.Equal(storedBytes, proof.StoredBytes);
        Assert.Equal(77, proof.ContentBytes);
        byte[][] blocks = [.. stored.Chunk(BucketProof.BlockBytes)];
        Assert.All(blocks, (block, i) => Assert.Equal(Crc32C.End(Crc32C.Append(Crc32C.Start, block)), proof.Checksum(i)));
    }

    [Fact]
    public void Parse_OfEveryDamagedProof_IsNull()
    {
        var builder = new BucketProofBuilder();
        builder.Append(TestFiles.Bytes(1000));
        byte[] bytes = builder.End(2000).ToBytes(Bucket);

        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x10;
            Assert.Null(BucketProof.Parse(damaged, Bucket));
            Assert.Null(BucketProof.Parse(bytes.AsSpan(0, i), Bucket));
        }

        Assert.Null(BucketProof.Parse([.. bytes, 0], Bucket));
    }

    [Fact]
    public void Parse_ProofOfAnotherBucket_IsNull()
    {
        var builder = new BucketProofBuilder();
        builder.Append(TestFiles.Bytes(1000));
        byte[] bytes = builder.End(2000).ToBytes(HashOf("another bucket"));
        Assert.Null(BucketProof.Parse(bytes, Bucket));
        Assert.NotNull(BucketProof.Parse(bytes, HashOf("another bucket")));
    }

    private static Hash256 HashOf(string text)
    {
        Assert.True(Hash256.TryParse(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text))), out Hash256 hash));
        return hash;
    }
}
