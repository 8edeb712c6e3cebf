using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>
/// A whole checkpoint over real connections through the cache: the same entries as from the folder, whatever the servers do.
/// </summary>
public sealed class CachedArchiveTests : CacheTest
{
    private readonly TestArchive archive = TestArchive.OfBuckets(
        Accounts(0, 40), Accounts(20, 400), Accounts(300, 900), null, Accounts(1000, 4000), null, Accounts(0, 9000));

    [Fact]
    public async Task Read_FromThreeMirrorsOfWhichOneLiesAndOneBreaksOff_GivesEveryEntry()
    {
        await using ArchiveServer lying = await ServeAsync();
        await using ArchiveServer breaking = await ServeAsync();
        await using ArchiveServer good = await ServeAsync();
        foreach (string path in lying.Files.Keys.Where(path => path.StartsWith("bucket/", StringComparison.Ordinal)))
        {
            lying.Files[path] = [.. lying.Files[path]];
            lying.Files[path][lying.Files[path].Length / 2] ^= 0x20;
            breaking.Script(path, Faults.CutAt(breaking.Files[path].Length / 2));
        }

        await using CachingTransport transport = Through(Mirrors(lying, breaking, good));
        HistoryArchive history = Open(transport);
        CheckpointProof proof = await history.OpenCheckpointAsync(archive.Checkpoint);
        var prefetcher = new BucketPrefetcher(transport);
        await prefetcher.FetchAsync(await prefetcher.PlanAsync(proof.State.Buckets(BucketListKind.Live), Deadline.Token), Deadline.Token);

        Assert.Equal(await ExpectedAsync(), await EntriesAsync(history));
        Assert.InRange(transport.WrongCopies, 1, lying.Requests.Count);
    }

    [Fact]
    public async Task Read_WhileEverythingArrives_GivesEveryEntryAndThenNeedsNoServer()
    {
        await using (ArchiveServer server = await ServeAsync())
        {
            server.Always = exchange => exchange.HasFile ? Faults.DripAsync(exchange, pieceBytes: 512) : exchange.StatusAsync(404);
            await using CachingTransport transport = Through(Mirrors(server), new CachingTransportOptions { Scope = "test" });
            HistoryArchive history = Open(transport);
            Assert.Equal(archive.Checkpoint, await history.LatestCheckpointAsync());
            Assert.Equal(await ExpectedAsync(), await EntriesAsync(history));
            Assert.All(server.Requests.Where(request => request.Path.StartsWith("bucket/", StringComparison.Ordinal)),
                request => Assert.Null(request.From));
        }

        await using CachingTransport offline = Through(new FakeArchive(), new CachingTransportOptions { Scope = "test", IsOffline = true });
        HistoryArchive cached = Open(offline);
        Assert.Equal(archive.Checkpoint, await cached.LatestCheckpointAsync());
        Assert.Equal(await ExpectedAsync(), await EntriesAsync(cached));
    }

    [Fact]
    public async Task Prefetch_OfACheckpoint_BeginsEveryBucketAndKnowsTheirSizes()
    {
        await using ArchiveServer server = await ServeAsync();
        await using CachingTransport transport = Through(Server(server));
        HistoryArchive history = Open(transport);
        CheckpointProof proof = await history.OpenCheckpointAsync(archive.Checkpoint);
        BucketFetchPlan plan = (await history.PrefetchAsync(proof, Deadline.Token))!;
        int asked = server.Requests.Count(request => request.Method == "HEAD");

        Assert.Equal(proof.AllBuckets().Select(bucket => bucket.Hash).ToHashSet(), plan.Missing.Select(bucket => bucket.Key).ToHashSet());
        Assert.Equal(plan.MissingBytes, await history.FindStoredBytesAsync(proof.AllBuckets(), Deadline.Token));
        Assert.Equal(await ExpectedAsync(), await EntriesAsync(history));
        Assert.Equal(asked, server.Requests.Count(request => request.Method == "HEAD"));
        await UntilAsync(() => transport.Status.All(bucket => bucket.Stage == BucketFetchStage.Done));
        Assert.Empty((await history.PrefetchAsync(proof, Deadline.Token))!.Missing);
        Assert.Equal(plan.MissingBytes, await history.FindStoredBytesAsync(proof.AllBuckets(), Deadline.Token));
    }

    [Fact]
    public async Task Prefetch_OfAFolder_DoesNothingAndSizesAreThoseOfItsFiles()
    {
        CheckpointProof proof = await archive.ProveAsync();
        Assert.Null(await archive.Open().PrefetchAsync(proof));
        long bytes =
            new DirectoryInfo(Path.Combine(archive.Folder, "bucket")).GetFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        Assert.Equal(bytes, await archive.Open().FindStoredBytesAsync(proof.AllBuckets(), Deadline.Token));
    }

    [Fact]
    public async Task Read_AfterAStop_FetchesOnlyWhatWasMissing()
    {
        await using ArchiveServer server = await ServeAsync();
        string large =
            server.Files.Keys.Where(path => path.StartsWith("bucket/", StringComparison.Ordinal)).MaxBy(path => server.Files[path].Length)!;
        int half = server.Files[large].Length / 2;
        server.Script(large, [.. Enumerable.Repeat(Faults.CutAt(half), 5)]);
        await using (CachingTransport failing = Through(Server(server)))
        {
            ArchiveException error = await ErrorOfAsync(() => EntriesAsync(Open(failing)));
            Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
            Assert.Equal(half, error.ByteOffset);
        }

        int before = server.Requests.Count;
        await using CachingTransport transport = Through(Server(server));
        Assert.Equal(await ExpectedAsync(), await EntriesAsync(Open(transport)));
        ServedRequest rest = Assert.Single(server.Requests.Skip(before), request => request.Path == large);
        Assert.Equal(half - 512, rest.From);
        Assert.Equal(server.Files[large].Length - half + 512, rest.BytesSent);
    }

    public override void Dispose()
    {
        archive.Dispose();
        base.Dispose();
    }

    private static IEnumerable<BucketRecord> Accounts(int first, int end) =>
        Enumerable.Range(first, end - first).Select(i => Account(i, balance: end).Live());

    private static AccountBuilder Account(int number, int balance)
    {
        byte[] id = SHA256.HashData(BitConverter.GetBytes(number));
        BinaryPrimitives.WriteInt32BigEndian(id, number);
        return new AccountBuilder { AccountId = id, Balance = balance };
    }

    private static HttpTransport Server(ArchiveServer server) => TestFiles.Transport(server.Url);

    private static MirrorTransport Mirrors(params ArchiveServer[] servers) => new(
        [.. servers.Select(server => TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 1 }))], null,
        new TestClock(), new Random(1));

    private HistoryArchive Open(IArchiveTransport transport) =>
        new(transport, new HistoryArchiveOptions { Schedule = new CheckpointSchedule((int)archive.Written.Settings.CheckpointFrequency) });

    private async Task<List<string>> EntriesAsync(HistoryArchive history) =>
        [.. (await EntryReading.ReadAllAsync(history, archive.Checkpoint)).Select(entry => entry.Text)];

    private async Task<List<string>> ExpectedAsync() => await EntriesAsync(archive.Open());

    private Task<ArchiveServer> ServeAsync() => ArchiveServer.StartAsync(archive.Folder);
}
