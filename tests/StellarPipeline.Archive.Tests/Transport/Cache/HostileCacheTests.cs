using System.Diagnostics;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>A cache folder that others prepared: nothing outside of it is written, and bytes under a wrong name are no bucket.</summary>
public sealed class HostileCacheTests : CacheTest
{
    private const string Treasure = "do not touch";
    private static readonly TestBucket Bucket = TestBucket.Make(300_000);
    private static readonly TestBucket Other = TestBucket.Make(300_000, seed: 2);

    [Fact]
    public async Task Open_BytesAndProofOfAnotherBucketUnderItsName_AreFetchedAgain()
    {
        await FetchAsync(Other);
        File.Move(DataOf(Other), DataOf(Bucket));
        File.Move(ProofOf(Other), ProofOf(Bucket));
        var archive = new FakeArchive(Bucket);
        await using (CachingTransport transport = Through(archive))
        {
            Assert.False(transport.Cache.Contains(Bucket.Hash));
            Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        }

        Assert.Equal(1, archive.Opens);
        Assert.True(OpenCache().Contains(Bucket.Hash));
    }

    [SkippableFact]
    public void Open_FolderOfAnotherUser_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can make a folder of another user.");
        Run("chown", "54321", Folder);
        AssertRefused("belongs to another user (54321)");
        Run("chown", "0", Folder);
    }

    [SkippableTheory]
    [InlineData("the bucket", true)]
    [InlineData("a part", true)]
    [InlineData("the proof", true)]
    [InlineData("the bucket", false)]
    [InlineData("a part", false)]
    public async Task Open_TrapInAFolderThatEveryUserMayWrite_IsLeftAlone(string which, bool isLink)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Rights of this kind need Linux.");
        Run("chmod", "0777", Folder);
        string victim = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(victim, Treasure);
        try
        {
            string link = which switch
            {
                "the bucket" => DataOf(Bucket),
                "a part" => new CacheLayout(Folder).NewPart(Bucket.Hash),
                _ => ProofOf(Bucket),
            };
            if (isLink) File.CreateSymbolicLink(link, victim);
            else Run("ln", victim, link);
            await using (CachingTransport transport = Through(new FakeArchive(Bucket)))
                Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
            Assert.Equal(Treasure, await File.ReadAllTextAsync(victim));
        }
        finally
        {
            File.Delete(victim);
        }
    }

    private void AssertRefused(string reason)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => OpenCache());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
