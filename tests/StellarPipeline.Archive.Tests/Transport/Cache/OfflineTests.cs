using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>Without a connection: the cache alone, and a clear word about what is missing.</summary>
public sealed class OfflineTests : CacheTest
{
    private const string State = "history/00/00/00/history-0000003f.json";
    private const string Ledgers = "ledger/00/00/00/ledger-0000003f.xdr.gz";

    private static readonly CachingTransportOptions Offline = new() { IsOffline = true };

    [Fact]
    public async Task Open_BucketInTheCache_NeedsNoArchive()
    {
        var bucket = TestBucket.Make();
        await FetchAsync(bucket);
        var archive = new FakeArchive();
        await using CachingTransport transport = Through(archive, Offline);

        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Equal(0, archive.Opens);
        Assert.Equal($"the cache {Folder} (offline)", transport.Location);
    }

    [Theory]
    [InlineData(0, "is not in the cache")]
    [InlineData(50_000, "is only partly in the cache")]
    public async Task Open_BucketNotInTheCache_NamesItAndHowToFetchIt(int partBytes, string part)
    {
        var bucket = TestBucket.Make();
        if (partBytes > 0)
            LeavePart(bucket, bucket.Stored[..partBytes]);
        var archive = new FakeArchive(bucket);
        await using CachingTransport transport = Through(archive, Offline);

        ArchiveException error = await transport.ReadErrorAsync(bucket.Path);

        Assert.Equal(CacheErrorCode.OfflineMissing, error.Code);
        Assert.Contains(
            $"Bucket {bucket.Hash} {part} {Folder}, and offline no other source may be used. First fetch the checkpoint "
                + $"from https://archive.example/ into the same folder", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, archive.Opens);
        ArchiveException planned = await ErrorOfAsync(async () =>
        {
            var prefetcher = new BucketPrefetcher(transport);
            await prefetcher.FetchAsync(await prefetcher.PlanAsync([bucket.Reference], Deadline.Token), Deadline.Token);
        });
        Assert.Equal(CacheErrorCode.OfflineMissing, planned.Code);
        Assert.Equal(0, archive.Opens);
    }

    [Fact]
    public async Task Open_WholeBucketWithoutProof_IsVerified()
    {
        var bucket = TestBucket.Make();
        Directory.CreateDirectory(Folder);
        await File.WriteAllBytesAsync(DataOf(bucket), bucket.Stored);
        await using CachingTransport transport = Through(new FakeArchive(), Offline);

        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
    }

    [Fact]
    public async Task Open_CheckpointFiles_AreThoseThatWereReadToTheirEndWithAConnection()
    {
        var archive = new FakeArchive();
        foreach (string path in (string[])[ArchivePath.RootState, State, Ledgers, "history/none-of-it.json"])
            archive.Files[path] = TestFiles.Bytes(1000, path.Length);
        await using (CachingTransport online = Through(archive))
        {
            foreach (string path in (string[])[ArchivePath.RootState, State, Ledgers])
                await online.ReadAsync(path);
            await using ArchiveObject? half = await online.OpenAsync("history/none-of-it.json", 0, Deadline.Token);
            await half!.Content.ReadExactlyAsync(new byte[500], Deadline.Token);
        }

        var gone = new FakeArchive();
        await using CachingTransport offline = Through(gone, Offline);
        foreach (string path in (string[])[ArchivePath.RootState, State, Ledgers])
            Assert.Equal(archive.Files[path], await offline.ReadAsync(path));
        Assert.Equal(archive.Files[State][400..], await offline.ReadAsync(State, 400));
        Assert.Equal(new ArchiveFileSize(true, 1000), await offline.FindSizeAsync(State, Deadline.Token));
        Assert.Equal(default, await offline.FindSizeAsync("ledger/none", Deadline.Token));
        Assert.Null(await offline.OpenAsync("history/none-of-it.json", 0, Deadline.Token));
        ArchiveException error = await offline.ReadErrorAsync("ledger/00/00/00/ledger-0000007f.xdr.gz");
        Assert.Equal(CacheErrorCode.OfflineMissing, error.Code);
        Assert.Contains("ledger-0000007f.xdr.gz is not in the cache", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, gone.Opens);
    }

    [Fact]
    public async Task Open_CheckpointFilesOfAnotherArchive_AreNotThere()
    {
        var archive = new FakeArchive();
        archive.Files[State] = [1];
        await using (CachingTransport online = Through(archive))
            await online.ReadAsync(State);
        await using (CachingTransport online = Through(archive, new CachingTransportOptions { Scope = "pubnet" }))
            await online.ReadAsync(State);

        await using CachingTransport other = Through(new FakeArchive { Location = "https://other.example/" }, Offline);
        await using CachingTransport shared =
            Through(new FakeArchive { Location = "https://other.example/" }, Offline with { Scope = "pubnet" });

        Assert.Equal(CacheErrorCode.OfflineMissing, (await other.ReadErrorAsync(State)).Code);
        Assert.Equal([1], await shared.ReadAsync(State));
    }

    [Fact]
    public void Store_Names_AreThoseOfCheckpointFilesOnly()
    {
        Assert.True(CheckpointStore.Keeps(ArchivePath.RootState));
        Assert.True(CheckpointStore.Keeps(State));
        Assert.True(CheckpointStore.Keeps(Ledgers));
        Assert.All(["history/../../x", "history/a\\b", "history/..", "bucket/aa", "/etc/passwd", "ledger/A"],
            path => Assert.False(CheckpointStore.Keeps(path)));
    }

    [Fact]
    public async Task Store_FilesOverItsBounds_AreLeftOutOrRemoved()
    {
        var archive = new FakeArchive { MaxReadBytes = 1 << 20 };
        archive.Files[State] = new byte[CheckpointStore.MaxFileBytes + 1];
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { Scope = "s" });
        await transport.ReadAsync(State);
        string folder = Path.Combine(Folder, "checkpoints", "s");
        Assert.False(Directory.Exists(folder));

        archive.Files[State] = [1];
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 400; i++)
        {
            string file = Path.Combine(folder, FormattableString.Invariant($"old-{i}"));
            await File.WriteAllBytesAsync(file, []);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-i - 1));
        }

        await transport.ReadAsync(State);
        Assert.Equal(400, Directory.GetFiles(folder).Length);
        Assert.False(File.Exists(Path.Combine(folder, "old-399")));
        Assert.True(File.Exists(Path.Combine(folder, "old-398")));
    }

    [Fact]
    public async Task Store_FolderThatCannotBeMade_DoesNotDisturbTheReading()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "checkpoints"), "a file");
        var archive = new FakeArchive();
        archive.Files[State] = [1, 2];
        await using CachingTransport transport = Through(archive);

        Assert.Equal([1, 2], await transport.ReadAsync(State));
    }
}
