using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Checkpoints;

public sealed class ArchivePathTests
{
    [Theory]
    [InlineData(63U, "history/00/00/00/history-0000003f.json", "ledger/00/00/00/ledger-0000003f.xdr.gz")]
    [InlineData(63_092_991U, "history/03/c2/b8/history-03c2b8ff.json", "ledger/03/c2/b8/ledger-03c2b8ff.xdr.gz")]
    [InlineData(4_294_967_295U, "history/ff/ff/ff/history-ffffffff.json", "ledger/ff/ff/ff/ledger-ffffffff.xdr.gz")]
    public void OfCheckpoint_HasItsFirstThreeBytesAsFolders(uint checkpoint, string state, string ledgers)
    {
        Assert.Equal(state, ArchivePath.State(checkpoint));
        Assert.Equal(ledgers, ArchivePath.Ledgers(checkpoint));
    }

    [Fact]
    public void Bucket_HasTheFirstThreeBytesOfItsHashAsFolders()
    {
        const string hash = "3906c88602de8f99d37fddb75da9325f87d74d75fce73c9f1cb7225040f09ef9";

        Assert.Equal($"bucket/39/06/c8/bucket-{hash}.xdr.gz", ArchivePath.Bucket(Hash256.Parse(hash)));
    }

    [Fact]
    public void Bucket_Empty_HasNoFile() => Assert.Throws<ArgumentException>(() => ArchivePath.Bucket(default));

    [Theory]
    [InlineData(ArchivePath.RootState, true)]
    [InlineData("bucket/39/06/c8/bucket-39.xdr.gz", true)]
    [InlineData("a..b", true)]
    [InlineData("", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("../archive", false)]
    [InlineData("history/../../etc/passwd", false)]
    [InlineData("history/./x", false)]
    [InlineData("history//x", false)]
    [InlineData("history/", false)]
    [InlineData("..", false)]
    [InlineData("..\\etc", false)]
    [InlineData("C:x", false)]
    [InlineData("a\0b", false)]
    [InlineData("a b", false)]
    [InlineData("a?b", false)]
    [InlineData("a%2e", false)]
    [InlineData("é", false)]
    public void IsSafe_PathsThatLeaveTheArchive_AreNot(string path, bool expected) => Assert.Equal(expected, ArchivePath.IsSafe(path));

    [Fact]
    public void IsSafe_AVeryLongPath_IsNot() => Assert.False(ArchivePath.IsSafe(new string('a', 257)));
}
