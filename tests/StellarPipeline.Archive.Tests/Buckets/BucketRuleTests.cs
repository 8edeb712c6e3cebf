using System.Buffers.Binary;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>Buckets whose names, state and headers all agree, and whose content breaks one rule.</summary>
public sealed class BucketRuleTests
{
    private static readonly BucketRecord Meta25 = BucketRecord.MetaOf(25);

    public static TheoryData<string, BucketRecord[], string, int> BrokenRecords => new()
    {
        { "metadata second", [Account(1).Live(), Meta25], ArchiveErrorCode.MetadataPosition, 2 },
        { "metadata twice", [Meta25, Meta25, Account(1).Live()], ArchiveErrorCode.MetadataPosition, 2 },
        { "metadata of the hot-archive list", [BucketRecord.MetaOf(25, hotArchive: true), Account(1).Live()], ArchiveErrorCode.MetadataType,
            1 },
        { "metadata of no list", [BucketRecord.Meta(25, 2)], ArchiveErrorCode.XdrFormat, 1 },
        { "metadata of a newer protocol than the ledger", [BucketRecord.MetaOf(26)], ArchiveErrorCode.MetadataVersion, 1 },
        { "metadata of protocol 10", [BucketRecord.Meta(10)], ArchiveErrorCode.MetadataVersion, 1 },
        { "metadata with an unknown extension", [new(RecordArm.Meta, new byte[] { 0, 0, 0, 25, 0, 0, 0, 2 })], ArchiveErrorCode.XdrFormat,
            1 },
        { "metadata too long", [new(RecordArm.Meta, new byte[12])], ArchiveErrorCode.RecordTrailing, 1 },
        { "metadata too short", [new(RecordArm.Meta, new byte[4])], ArchiveErrorCode.XdrFormat, 1 },
        { "INIT without metadata", [Account(1).Init()], ArchiveErrorCode.InitProtocol, 1 },
        { "unknown arm", [Meta25, new((RecordArm)3, Account(1).Entry())], ArchiveErrorCode.XdrFormat, 2 },
        { "negative arm", [Meta25, new((RecordArm)(-2), Account(1).Entry())], ArchiveErrorCode.XdrFormat, 2 },
        { "arm alone", [Meta25, new(RecordArm.Live, Array.Empty<byte>())], ArchiveErrorCode.XdrFormat, 2 },
        { "unknown entry type", [Meta25, new(RecordArm.Live, new byte[] { 0, 0, 0, 1, 0, 0, 0, 10, 0, 0, 0, 0 })],
            ArchiveErrorCode.XdrFormat, 2 },
        { "unsorted", [Meta25, Account(2).Live(), Account(1).Live()], ArchiveErrorCode.Order, 3 },
        { "unsorted types", [Meta25, new OfferBuilder().Live(), Account(1).Live()], ArchiveErrorCode.Order, 3 },
        { "unsorted names", [Meta25, Data("b").Live(), Data("aa").Live()], ArchiveErrorCode.Order, 3 },
        { "unsorted nonces", [Meta25, Nonce(0).Live(), Nonce(-1).Live()], ArchiveErrorCode.Order, 3 },
        { "dead before its place", [Meta25, Account(2).Live(), Account(1).Dead()], ArchiveErrorCode.Order, 3 },
        { "a key twice", [Meta25, Account(1).Live(), Account(1).Live()], ArchiveErrorCode.Duplicate, 3 },
        { "a key live and dead", [Meta25, Account(1).Live(), Account(1).Dead()], ArchiveErrorCode.Duplicate, 3 },
        { "key cut short", [Meta25, new(RecordArm.Dead, Account(1).Key().AsMemory(..^4))], ArchiveErrorCode.XdrFormat, 2 },
        { "key with more behind it", [Meta25, new(RecordArm.Dead, (byte[])[.. Account(1).Key(), 0, 0, 0, 0])],
            ArchiveErrorCode.RecordTrailing, 2 },
        { "dead record with an entry", [Meta25, new(RecordArm.Dead, Account(1).Entry())], ArchiveErrorCode.XdrFormat, 2 },
        { "key of an unknown type", [Meta25, new(RecordArm.Dead, new byte[] { 0, 0, 0, 10 })], ArchiveErrorCode.XdrFormat, 2 },
        { "entry cut inside its key", [Meta25, new(RecordArm.Live, Account(1).Entry().AsMemory(..40))], ArchiveErrorCode.XdrFormat, 2 },
        { "unknown address in a key", [Meta25, ContractWith(9).Live()], ArchiveErrorCode.XdrFormat, 2 },
    };

    [Theory]
    [MemberData(nameof(BrokenRecords), DisableDiscoveryEnumeration = true)]
    public async Task Read_BrokenRecords_AreRefusedWithCodeRecordAndOffset(string name, BucketRecord[] records, string code, int record)
    {
        Assert.NotNull(name);
        ArgumentNullException.ThrowIfNull(records);
        using var archive = TestArchive.OfBuckets(null, addMetadata: false, records);
        WrittenBucket bucket = archive.Written.Bucket(0);
        long offset = records.Take(record - 1).Sum(before => 8L + before.Body.Length);

        foreach (int windowBytes in (int[])[64, 4_096, 262_144])
        {
            ArchiveException error =
                await EntryReading.FailAsync(archive, new ArchiveReadOptions { WindowBytes = windowBytes, WindowsPerBucket = 1 });

            AssertPlace(error, code, bucket, record, offset);
        }
    }

    [Fact]
    public async Task Read_Protocol10_MayLackMetadataButNotHaveIt()
    {
        var settings = new ArchiveSettings { Protocol = 10 };
        using var without = TestArchive.OfBuckets(settings, addMetadata: false, [[Account(1).Live(), Account(2).Dead()]]);
        using var with = TestArchive.OfBuckets(settings, addMetadata: false, [[BucketRecord.Meta(11), Account(1).Live()]]);

        Assert.Single(await EntryReading.ReadAllAsync(without));
        Assert.Equal(ArchiveErrorCode.MetadataVersion, (await EntryReading.FailAsync(with)).Code);
    }

    [Theory]
    [InlineData(22, null)]
    [InlineData(11, null)]
    [InlineData(25, 0)]
    [InlineData(23, 0)]
    public async Task Read_BucketOfAnOlderProtocol_IsAccepted(int protocol, int? listType)
    {
        using var archive =
            TestArchive.OfBuckets(null, addMetadata: false, [[BucketRecord.Meta((uint)protocol, listType), Account(1).Init()]]);

        Assert.Single(await EntryReading.ReadAllAsync(archive));
    }

    [Fact]
    public async Task Read_SamplesOfEveryOrderRule_AreAccepted()
    {
        using var archive = TestArchive.OfBuckets(
            [Account(1).Init(), Data("aa").Live(), Data("b").Live(), Nonce(-1).Live(), Nonce(0).Live(), new TimeToLiveBuilder().Live()]);

        Assert.Equal(6, (await EntryReading.ReadAllAsync(archive)).Count);
    }

    public static TheoryData<string, byte[], string, string> BrokenMarks => new()
    {
        { "zero length", [0x80, 0, 0, 0], ArchiveErrorCode.RecordHeader, "empty" },
        { "last-fragment bit clear", [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ArchiveErrorCode.RecordHeader, "last fragment" },
        { "all zeros", new byte[64], ArchiveErrorCode.RecordHeader, "last fragment" },
        { "not divisible by 4", [0x80, 0, 0, 5, 1, 2, 3, 4, 5], ArchiveErrorCode.RecordHeader, "divisible by 4" },
        { "longest possible", [0xff, 0xff, 0xff, 0xfc], ArchiveErrorCode.RecordHeader, "2,147,483,644" },
        { "2^31 - 1", [0xff, 0xff, 0xff, 0xff], ArchiveErrorCode.RecordHeader, "2,147,483,647" },
        { "just over the limit", [0x81, 0, 0, 4], ArchiveErrorCode.RecordHeader, "16,777,220" },
        { "one byte left", [0x80], ArchiveErrorCode.RecordHeader, "only 1 are left" },
        { "three bytes left", [0x80, 0, 0], ArchiveErrorCode.RecordHeader, "only 3 are left" },
        { "mark alone", [0x80, 0, 0, 16], ArchiveErrorCode.RecordTruncated, "says it is 16 bytes long, but only 0 bytes are left" },
        { "body cut", [0x80, 0, 0, 16, 1, 2, 3, 4], ArchiveErrorCode.RecordTruncated, "but only 4 bytes are left" },
        { "the limit, and nothing there", [0x81, 0, 0, 0, 9, 9, 9, 9], ArchiveErrorCode.RecordTruncated,
            "says it is 16,777,216 bytes long" },
    };

    [Theory]
    [MemberData(nameof(BrokenMarks), DisableDiscoveryEnumeration = true)]
    public async Task Read_BrokenMarks_AreRefusedWithoutTrustingThemWithMemory(string name, byte[] tail, string code, string part)
    {
        Assert.NotNull(name);
        using var archive = TestArchive.OfBuckets([Account(1).Live()]);
        long offset = archive.Written.Bucket(0).File.RawBytes;
        archive.Written = ArchiveDamage.RewriteContent(archive.Written, archive.Written.Bucket(0), bytes => [.. bytes, .. tail]);
        var pool = new CountingPool();

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(
            () => EntryReading.ReadAllAsync(archive, new ArchiveReadOptions { WindowBytes = 128 }, pool));

        AssertPlace(error, code, archive.Written.Bucket(0), 3, offset);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.True(pool.LargestBytes <= 1_000_000, $"{pool.LargestBytes} bytes were rented");
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Read_RecordLargerThanAWindow_Passes()
    {
        BucketRecord[] records = Enumerable.Range(1, 6)
            .Select(i => Code(i * i * 30_000, (byte)i).Live())
            .OrderBy(record => Convert.ToHexString(record.Body.Span[12..44]))
            .ToArray();
        using var archive = TestArchive.OfBuckets(records);
        var pool = new CountingPool();

        List<ReadEntry> entries =
            await EntryReading.ReadAllAsync(archive, new ArchiveReadOptions { WindowBytes = 1_000, ChunkBytes = 1_000 }, pool);

        Assert.Equal(records.Select(record => Convert.ToHexString(record.Body.Span)), entries.Select(entry => entry.Text));
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Read_RecordOverTheLimit_IsRefusedAndOneOfTheLimitIsNot()
    {
        BucketRecord record = Code(10_000, 1).Live();
        using var archive = TestArchive.OfBuckets([record]);
        int bodyBytes = 4 + record.Body.Length;

        Assert.Single(await EntryReading.ReadAllAsync(archive, new ArchiveReadOptions { MaxRecordBytes = bodyBytes, WindowBytes = 64 }));
        Assert.Equal(ArchiveErrorCode.RecordHeader,
            (await EntryReading.FailAsync(archive, new ArchiveReadOptions { MaxRecordBytes = bodyBytes - 4 })).Code);
    }

    [Fact]
    public async Task Read_BucketOverTheLimit_IsRefusedAndOneOfTheLimitIsNot()
    {
        using var archive = TestArchive.OfBuckets([Account(1).Live(), Account(2).Live()]);
        long bytes = archive.Written.Bucket(0).File.RawBytes;

        Assert.Equal(2, (await EntryReading.ReadAllAsync(archive, new ArchiveReadOptions { MaxBucketBytes = bytes })).Count);
        ArchiveException error = await EntryReading.FailAsync(archive, new ArchiveReadOptions { MaxBucketBytes = bytes - 1 });
        Assert.Equal(ArchiveErrorCode.SizeLimit, error.Code);
        Assert.Contains(archive.Written.Bucket(0).File.Hash, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_OptionsOutOfBounds_AreReportedAllAtOnce()
    {
        var options = new ArchiveReadOptions
        {
            WindowBytes = 63,
            WindowsPerBucket = 0,
            ChunkBytes = -1,
            MaxRecordBytes = int.MaxValue,
            MaxBucketBytes = 0,
        };

        ArchiveException error = Assert.Throws<ArchiveException>(options.Validate);

        Assert.Equal(ArchiveErrorCode.Options, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        string[] problems =
            ["WindowBytes is 63", "WindowsPerBucket is 0", "ChunkBytes is -1", "MaxRecordBytes is 2,147,483,647", "MaxBucketBytes is 0"];
        Assert.All(problems, problem => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
    }

    internal static AccountBuilder Account(byte id) => new() { AccountId = Enumerable.Repeat(id, 32).ToArray(), Balance = id };

    private static void AssertPlace(ArchiveException error, string code, WrittenBucket bucket, long record, long offset)
    {
        Assert.Equal(code, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Equal($"bucket-{bucket.File.Hash}.xdr.gz", error.File);
        Assert.Equal(record, error.Record);
        Assert.Equal(offset, error.ByteOffset);
        string place =
            FormattableString.Invariant($"ecord {record:N0} at byte {offset:N0} of {error.File} (uncompressed offset; live level 0 curr)");
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    private static DataBuilder Data(string name) => new() { Name = System.Text.Encoding.ASCII.GetBytes(name) };

    private static ContractDataBuilder Nonce(long nonce) => new() { StorageKey = ScValueXdr.NonceKey(nonce) };

    private static ContractDataBuilder ContractWith(int addressType)
    {
        byte[] address = ScAddressXdr.Contract(new byte[32]);
        BinaryPrimitives.WriteInt32BigEndian(address, addressType);
        return new ContractDataBuilder { Contract = address };
    }

    private static ContractCodeBuilder Code(int bytes, byte seed)
    {
        byte[] code = new byte[bytes];
        new Random(seed).NextBytes(code);
        return new ContractCodeBuilder { Code = code };
    }
}
