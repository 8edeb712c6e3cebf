using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>Hot-archive buckets, which no merge reads.</summary>
public sealed class BucketVerifierTests
{
    private static readonly BucketRecord Meta = BucketRecord.MetaOf(25, hotArchive: true);

    private static readonly ContractDataBuilder Persistent = new() { Persistent = true };

    private static readonly ContractDataBuilder Temporary = new() { Persistent = false };

    private static readonly ContractCodeBuilder Code = new() { Code = new byte[5] };

    [Fact]
    public async Task Verify_SoundHotArchiveBucket_CountsItsRecords()
    {
        using TestArchive archive = Archive([Meta, BucketRecord.HotArchived(Persistent.Entry()), BucketRecord.HotRestored(Code.Key())]);

        BucketCounters counters = await VerifyAsync(archive);

        Assert.Equal(1, counters.MetadataRecords);
        Assert.Equal(1, counters.LiveRecords);
        Assert.Equal(1, counters.DeadRecords);
        Assert.Equal(archive.Written.Bucket(0, hotArchive: true).File.RawBytes, counters.ContentBytes);
    }

    [Fact]
    public async Task Verify_SoundLiveBucket_CountsItsRecords()
    {
        using var archive = TestArchive.OfBuckets([new AccountBuilder().Init(), Temporary.Live(), new TimeToLiveBuilder().Dead()]);
        CheckpointProof proof = await archive.ProveAsync();

        BucketCounters counters = await BucketVerifier.VerifyAsync(archive.Open(), proof, proof.State.Buckets(BucketListKind.Live)[0]);

        Assert.Equal(4, counters.Records);
        Assert.Equal(1, counters.InitRecords);
    }

    public static TheoryData<string, BucketRecord[], string, int> BrokenRecords => new()
    {
        { "no metadata", [BucketRecord.HotArchived(Persistent.Entry())], ArchiveErrorCode.MetadataMissing, 1 },
        { "nothing at all", [], ArchiveErrorCode.MetadataMissing, 1 },
        { "metadata of the live list", [BucketRecord.MetaOf(25)], ArchiveErrorCode.MetadataType, 1 },
        { "metadata without a list", [BucketRecord.Meta(25)], ArchiveErrorCode.MetadataType, 1 },
        { "metadata second", [Meta, Meta], ArchiveErrorCode.MetadataPosition, 2 },
        { "INIT", [Meta, Persistent.Init()], ArchiveErrorCode.XdrFormat, 2 },
        { "an account", [Meta, BucketRecord.HotArchived(new AccountBuilder().Entry())], ArchiveErrorCode.WrongList, 2 },
        { "a time to live", [Meta, BucketRecord.HotArchived(new TimeToLiveBuilder().Entry())], ArchiveErrorCode.WrongList, 2 },
        { "temporary data", [Meta, BucketRecord.HotArchived(Temporary.Entry())], ArchiveErrorCode.WrongList, 2 },
        { "key of temporary data", [Meta, BucketRecord.HotRestored(Temporary.Key())], ArchiveErrorCode.WrongList, 2 },
        { "key of an account", [Meta, BucketRecord.HotRestored(new AccountBuilder().Key())], ArchiveErrorCode.WrongList, 2 },
        { "unsorted", [Meta, BucketRecord.HotArchived(Code.Entry()), BucketRecord.HotArchived(Persistent.Entry())], ArchiveErrorCode.Order,
            3 },
        { "a key twice", [Meta, BucketRecord.HotArchived(Code.Entry()), BucketRecord.HotRestored(Code.Key())], ArchiveErrorCode.Duplicate,
            3 },
        { "bytes behind an entry", [Meta, BucketRecord.HotArchived((byte[])[.. Persistent.Entry(), 0, 0, 0, 0])],
            ArchiveErrorCode.RecordTrailing, 2 },
    };

    [Theory]
    [MemberData(nameof(BrokenRecords), DisableDiscoveryEnumeration = true)]
    public async Task Verify_BrokenRecords_AreRefusedWithCodeAndPlace(string name, BucketRecord[] records, string code, int record)
    {
        Assert.NotNull(name);
        ArgumentNullException.ThrowIfNull(records);
        using TestArchive archive = Archive(records);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => VerifyAsync(archive));

        Assert.Equal(code, error.Code);
        Assert.Equal(record, error.Record);
        Assert.Contains("hot-archive level 0 curr", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_MissingOrDamagedFile_IsRefused()
    {
        using TestArchive archive = Archive([Meta, BucketRecord.HotArchived(Code.Entry())]);
        string path = archive.Written.PathOf(archive.Written.Bucket(0, hotArchive: true));
        ArchiveDamage.FlipContentByte(path, -12);

        Assert.Equal(ArchiveErrorCode.BucketHash, (await Assert.ThrowsAsync<ArchiveException>(() => VerifyAsync(archive))).Code);
        File.Delete(path);
        Assert.Equal(ArchiveErrorCode.BucketMissing, (await Assert.ThrowsAsync<ArchiveException>(() => VerifyAsync(archive))).Code);
    }

    [Fact]
    public async Task Verify_Cancelled_StopsAndGivesMemoryBack()
    {
        using TestArchive archive = Archive([Meta, BucketRecord.HotArchived(Code.Entry())]);
        CheckpointProof proof = await archive.ProveAsync();
        BucketReference bucket = proof.State.Buckets(BucketListKind.HotArchive)[0];
        var pool = new CountingPool();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => BucketVerifier.VerifyAsync(archive.Open(), proof, bucket, null, pool, new CancellationToken(true)));

        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void NotReadToEnd_IsAnInternalFailureThatNamesTheBucket()
    {
        ArchiveException error =
            Assert.Throws<ArchiveException>(() => ArchiveThrow.NotReadToEnd(new BucketReference(default, Hash256.Of("x"u8))));

        Assert.Equal(Dataflow.FailureKind.Internal, error.Kind);
        Assert.Contains("was not read to its end", error.Message, StringComparison.Ordinal);
    }

    private static TestArchive Archive(BucketRecord[] records) =>
        TestArchive.Write(new ArchiveDefinition { AddMetadata = false, HotArchiveLevels = [new LevelBuckets(records)] });

    private static async Task<BucketCounters> VerifyAsync(TestArchive archive)
    {
        var pool = new CountingPool();
        CheckpointProof proof = await archive.ProveAsync();
        BucketReference bucket = proof.State.Buckets(BucketListKind.HotArchive)[0];
        try
        {
            return await BucketVerifier.VerifyAsync(archive.Open(), proof, bucket, null, pool, CancellationToken.None);
        }
        finally
        {
            Assert.Equal(0, pool.Outstanding);
        }
    }
}
