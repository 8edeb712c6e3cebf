using System.Security.Cryptography;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>Bucket files that are not what their names say.</summary>
public sealed class BucketDamageTests
{
    [Fact]
    public async Task Read_MissingBucket_IsRefusedWithItsPlace()
    {
        using TestArchive archive = Archive();
        WrittenBucket bucket = archive.Written.Bucket(2);
        File.Delete(archive.Written.PathOf(bucket));

        ArchiveException error = await EntryReading.FailAsync(archive);

        Assert.Equal(ArchiveErrorCode.BucketMissing, error.Code);
        Assert.Equal($"bucket-{bucket.File.Hash}.xdr.gz", error.File);
        Assert.Contains("live level 2 curr", error.Message, StringComparison.Ordinal);
        Assert.Contains(archive.Folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_EveryFlippedContentByte_IsRefused()
    {
        using var archive = TestArchive.OfBuckets(
            [BucketRuleTests.Account(1).Live(), new TrustlineBuilder().Live(), new DataBuilder().Dead(), new ContractDataBuilder().Init()]);
        string path = archive.Written.PathOf(archive.Written.Bucket(0));
        byte[] content = GzipFiles.Read(path);
        for (int offset = 0; offset < content.Length; offset++)
        {
            byte[] damaged = [.. content];
            damaged[offset] ^= (byte)(1 << (offset % 8));
            GzipFiles.Write(path, damaged);

            ArchiveException error = await EntryReading.FailAsync(archive);

            Assert.True(
                error.Code != ArchiveErrorCode.BucketMissing && error.File == Path.GetFileName(path), $"byte {offset}: {error.Message}");
        }
    }

    [Fact]
    public async Task Read_FlippedByteThatChangesAValueOnly_IsFoundByTheHash()
    {
        using TestArchive archive = Archive();
        WrittenBucket bucket = archive.Written.Bucket(2);
        ArchiveDamage.FlipContentByte(archive.Written.PathOf(bucket), 16 + 8 + 4 + 4 + 36 + 7);

        ArchiveException error = await EntryReading.FailAsync(archive);

        string found = Convert.ToHexStringLower(SHA256.HashData(GzipFiles.Read(archive.Written.PathOf(bucket))));
        Assert.Equal(ArchiveErrorCode.BucketHash, error.Code);
        Assert.Equal(bucket.File.RawBytes, error.ByteOffset);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains($"its name requires {bucket.File.Hash}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_SwappedFiles_AreRefused()
    {
        using TestArchive archive = Archive();
        string first = archive.Written.PathOf(archive.Written.Bucket(0));
        string second = archive.Written.PathOf(archive.Written.Bucket(2));
        File.Move(first, first + ".tmp");
        File.Move(second, first);
        File.Move(first + ".tmp", second);

        Assert.Equal(ArchiveErrorCode.BucketHash, (await EntryReading.FailAsync(archive)).Code);
    }

    [Theory]
    [InlineData(0, ArchiveErrorCode.GzipTruncated)]
    [InlineData(1, ArchiveErrorCode.GzipTruncated)]
    [InlineData(12, ArchiveErrorCode.GzipTruncated)]
    [InlineData(-1, ArchiveErrorCode.GzipTruncated)]
    [InlineData(-8, ArchiveErrorCode.GzipTruncated)]
    [InlineData(-40, ArchiveErrorCode.GzipTruncated)]
    public async Task Read_CutFile_IsRefused(long keep, string code)
    {
        using TestArchive archive = Archive();
        ArchiveDamage.CutOff(archive.Written.PathOf(archive.Written.Bucket(2)), keep);

        ArchiveException error = await EntryReading.FailAsync(archive);

        Assert.Equal(code, error.Code);
        Assert.Contains(archive.Written.Bucket(2).File.Hash, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_GarbageBehindTheFile_IsRefused()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.Append(archive.Written.PathOf(archive.Written.Bucket(2)), new byte[10]);

        Assert.Equal(ArchiveErrorCode.GzipTrailing, (await EntryReading.FailAsync(archive)).Code);
    }

    [Fact]
    public async Task Read_WrongChecksum_IsRefused()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.FlipStoredByte(archive.Written.PathOf(archive.Written.Bucket(2)), -6);

        Assert.Equal(ArchiveErrorCode.GzipCorrupt, (await EntryReading.FailAsync(archive)).Code);
    }

    [Fact]
    public async Task Read_FilesOfSeveralMembersOrUncompressed_GiveTheSame()
    {
        using TestArchive archive = Archive();
        List<ReadEntry> expected = await EntryReading.ReadAllAsync(archive);
        string first = archive.Written.PathOf(archive.Written.Bucket(0));
        string second = archive.Written.PathOf(archive.Written.Bucket(2));
        byte[] content = GzipFiles.Read(first);
        GzipFiles.Write(first, content.AsSpan(0, 30));
        GzipFiles.Write(second + ".tail", content.AsSpan(30));
        ArchiveDamage.Append(first, await File.ReadAllBytesAsync(second + ".tail"));
        await File.WriteAllBytesAsync(second, GzipFiles.Read(second));

        Assert.Equal(expected.Select(entry => entry.Text), (await EntryReading.ReadAllAsync(archive)).Select(entry => entry.Text));
    }

    [Fact]
    public async Task Read_ContentWithAnotherRecordAppended_IsFoundByTheHash()
    {
        using TestArchive archive = Archive();
        string path = archive.Written.PathOf(archive.Written.Bucket(2));
        GzipFiles.Write(path, [.. GzipFiles.Read(path), .. RecordFraming.Join([[0, 0, 0, 0, .. new TimeToLiveBuilder().Entry()]])]);

        Assert.Equal(ArchiveErrorCode.BucketHash, (await EntryReading.FailAsync(archive)).Code);
    }

    private static TestArchive Archive() => TestArchive.OfBuckets(
        [BucketRuleTests.Account(1).Live(), BucketRuleTests.Account(2).Live()],
        null,
        null,
        null,
        [BucketRuleTests.Account(1).Live(), BucketRuleTests.Account(3).Init()]);
}
