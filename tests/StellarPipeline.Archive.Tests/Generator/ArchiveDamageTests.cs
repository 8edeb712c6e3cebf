using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using Xunit.Sdk;

namespace StellarPipeline.Archive.Tests.Generator;

public sealed class ArchiveDamageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WrittenArchive archive;

    public ArchiveDamageTests() =>
        archive = ArchiveWriter.Write(
            folder.Path, ArchiveDefinition.OfOneBucket([new AccountBuilder { Balance = 7 }.Init(), new OfferBuilder().Init()]));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FlipContentByte_OfABucket_LeavesItsNameAndChangesItsHash()
    {
        string path = archive.PathOf(archive.Bucket(10));

        ArchiveDamage.FlipContentByte(path, -1);

        Assert.NotEqual(archive.Bucket(10).File.Hash, Convert.ToHexStringLower(SHA256.HashData(GzipFiles.Read(path))));
        Assert.ThrowsAny<XunitException>(() => Proof());
    }

    [Fact]
    public void FlipStoredByte_OfTheChecksum_BreaksTheCompression()
    {
        string path = archive.PathOf(archive.Bucket(10));

        ArchiveDamage.FlipStoredByte(path, -5);

        Assert.Throws<InvalidDataException>(() => GzipFiles.Read(path));
    }

    [Fact]
    public void CutOff_AndAppend_ChangeTheStoredLength()
    {
        string path = archive.PathOf(archive.Bucket(10));
        long before = new FileInfo(path).Length;

        ArchiveDamage.CutOff(path, -10);
        ArchiveDamage.Append(path, [1, 2, 3]);

        Assert.Equal(before - 7, new FileInfo(path).Length);
    }

    [Fact]
    public void EditState_ChangesBothStateFiles()
    {
        ArchiveDamage.EditState(archive, state => state["version"] = 3);

        Assert.Equal(3, JsonNode.Parse(File.ReadAllText(archive.StatePath))!["version"]!.GetValue<int>());
        Assert.Equal(3, JsonNode.Parse(File.ReadAllText(archive.RootStatePath))!["version"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(62)]
    public void BreakHeaderLink_AnyHeader_BreaksOnlyThatLink(int index)
    {
        ArchiveDamage.BreakHeaderLink(archive, index);

        List<byte[]> headers = RecordFraming.Split(GzipFiles.Read(archive.LedgerPath));
        Assert.All(headers, record => Assert.Equal(record[..32], SHA256.HashData(record.AsSpan(32..^4))));
        int[] broken =
            [.. Enumerable.Range(1, headers.Count - 1).Where(
                record => !headers[record].AsSpan(36, 32).SequenceEqual(headers[record - 1].AsSpan(0, 32)))];
        Assert.Equal(index == 0 ? [] : [index], broken);
    }

    [Fact]
    public void FalsifyHeaderHash_OneHeader_NoLongerHashesToItself()
    {
        ArchiveDamage.FalsifyHeaderHash(archive, 4);

        List<byte[]> headers = RecordFraming.Split(GzipFiles.Read(archive.LedgerPath));
        Assert.Equal([4], Enumerable.Range(0, headers.Count).Where(
            record => !headers[record].AsSpan(0, 32).SequenceEqual(SHA256.HashData(headers[record].AsSpan(32..^4)))));
    }

    [Fact]
    public void RewriteRecords_ChangedRecord_KeepsTheProofSound()
    {
        WrittenArchive changed = ArchiveDamage.RewriteRecords(archive, archive.Bucket(10), records => records[1][11] = 99);

        Assert.NotEqual(archive.Bucket(10).File.Hash, changed.Bucket(10).File.Hash);
        Assert.Equal(63, Proof());
        Assert.Equal(99, RecordFraming.Split(ArchiveOracle.ReadBuckets(folder.Path)[20])[1][11]);
    }

    [Fact]
    public void RewriteContent_BrokenFraming_KeepsTheProofSound()
    {
        WrittenArchive changed = ArchiveDamage.RewriteContent(archive, archive.Bucket(10), bytes => bytes[..^2]);

        Assert.Equal(63, Proof());
        Assert.Equal(archive.Bucket(10).File.RawBytes - 2, changed.Bucket(10).File.RawBytes);
    }

    private int Proof() => ArchiveOracle.CheckProof(folder.Path, 63, 64);
}
