using System.Buffers.Binary;
using System.IO.Compression;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Xdr.Tests.Keys;

/// <summary>Whole buckets: every record is read, and each key sorts behind the one before it.</summary>
public class BucketOrderTests
{
    private const int MetadataRecord = -1;
    private const int DeadRecord = 1;

    [SkippableTheory]
    [InlineData("archives/pubnet-p22")]
    [InlineData("archives/testnet-p25")]
    [InlineData("archives/testnet-p30")]
    public void Compare_KeysOfEachBucket_AreStrictlyIncreasing(string archive)
    {
        string folder = SampleData.Require(archive);
        int records = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "bucket-*.xdr.gz", SearchOption.AllDirectories))
            records += CheckBucket(file);
        Assert.True(records > 100, $"only {records} records in {archive}");
    }

    private static int CheckBucket(string file)
    {
        byte[] bucket = Unpack(file);
        ReadOnlySpan<byte> previous = default;
        LedgerEntryType previousType = default;
        int records = 0;
        for (int offset = 0; offset < bucket.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(bucket.AsSpan(offset)) & int.MaxValue;
            ReadOnlySpan<byte> record = bucket.AsSpan(offset + 4, length);
            offset += 4 + length;
            int kind = BinaryPrimitives.ReadInt32BigEndian(record);
            if (kind == MetadataRecord)
                continue;

            ReadOnlySpan<byte> content = record[4..];
            LedgerKeyLocation key = kind == DeadRecord ? LedgerKeyLocation.OfKey(content) : LedgerKeyLocation.OfEntry(content);
            if (kind != DeadRecord)
                Assert.Equal(key.Type, LedgerEntryView.Parse(content).Type);
            ReadOnlySpan<byte> body = key.Body(content);
            if (records > 0)
            {
                Assert.True(LedgerKeyOrder.Compare(previousType, previous, key.Type, body) < 0,
                    $"{file}: the record before byte {offset} is out of order");
                Assert.True(LedgerKeyOrder.Compare(key.Type, body, previousType, previous) > 0,
                    $"{file}: the record before byte {offset} compares both ways");
            }

            previous = body;
            previousType = key.Type;
            records++;
        }

        return records;
    }

    private static byte[] Unpack(string file)
    {
        using FileStream packed = File.OpenRead(file);
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }
}
