using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>
/// When a reading that failed is worth another try: only where a copy that may have been read was wrong and another one took its place.
/// </summary>
public sealed class ReplacedCopyTests : CacheTest
{
    private static readonly TestBucket Bucket = TestBucket.Make(500_000);
    private static readonly TestBucket Other = TestBucket.Make(400_000, seed: 2);

    [Fact]
    public async Task HasReplaced_ReaderStumblesBeforeTheVerdict_WaitsForItAndTheNextReadingSucceeds()
    {
        FakeArchive wrong = Wrong();
        var gate = new Gate(wrong, 300_000);
        await using CachingTransport transport = Through(new TwoCopies(wrong, new FakeArchive(Bucket)));
        await using ArchiveObject? reader = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await gate.Reached;
        Task<bool> verdict = transport.HasReplacedAsync(ErrorIn(Bucket), transport.ReplacedCopies, Deadline.Token);
        Assert.False(verdict.IsCompleted);
        gate.Open();

        Assert.True(await verdict);
        Assert.Equal(1, transport.WrongCopies);
        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.False(await transport.HasReplacedAsync(ErrorIn(Bucket), transport.ReplacedCopies, Deadline.Token));
    }

    [Fact]
    public async Task HasReplaced_PartOfAnEarlierRunDamagedInside_IsTrueAndTheNextReadingSucceeds()
    {
        byte[] part = Bucket.Stored[..300_000];
        part[150_000] ^= 1;
        LeavePart(Bucket, part);
        var archive = new FakeArchive(Bucket);
        var gate = new Gate(archive, 300_000);
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? reader = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        byte[] read = new byte[200_000];
        await reader!.Content.ReadExactlyAsync(read, Deadline.Token);
        Assert.NotEqual(Bucket.Stored[..200_000], read);
        await AssertReplacedBehindAsync(gate, reader, transport);
    }

    [Fact]
    public async Task HasReplaced_FileChangedWhileItWasFetched_IsTrueAndTheNextReadingSucceeds()
    {
        var archive = new FakeArchive(Bucket);
        var gate = new Gate(archive, 300_000);
        Func<string, long, Task> wait = archive.BeforeRead!;
        int changes = 1;
        archive.BeforeRead = async (path, position) =>
        {
            await wait(path, position);
            if (position >= 300_000 && changes-- > 0)
                throw HttpThrow.MustBeWhole("https://archive.example/", position, HttpThrow.EndedEarly("x", 2, 1));
        };
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? reader = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await reader!.Content.ReadExactlyAsync(new byte[1000], Deadline.Token);
        await AssertReplacedBehindAsync(gate, reader, transport);
    }

    [Fact]
    public async Task HasReplaced_ACopyWasWrong_WaitsUntilEverythingHasArrived()
    {
        var others = new FakeArchive(Bucket, Other);
        var gate = new Gate(others, 390_000);
        await using CachingTransport transport = Through(new TwoCopies(Wrong(), others));
        await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await transport.OpenAsync(Other.Path, 0, Deadline.Token);
        await UntilAsync(() => transport.WrongCopies == 1);
        Task<bool> verdict = transport.HasReplacedAsync(ErrorIn(Bucket), 0, Deadline.Token);
        await gate.Reached;
        Assert.False(verdict.IsCompleted);
        gate.Open();

        Assert.True(await verdict);
        Assert.All(transport.Status, bucket => Assert.Equal(BucketFetchStage.Done, bucket.Stage));
    }

    [Fact]
    public async Task HasReplaced_NoRightCopy_ThrowsWhatIsWrongWithIt()
    {
        FakeArchive wrong = Wrong();
        var gate = new Gate(wrong, 300_000);
        await using CachingTransport transport = Through(wrong);

        // Held back until the reader has it open: to open what has already failed is an error of its own.
        await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await gate.Reached;
        Task<bool> verdict = transport.HasReplacedAsync(ErrorIn(Bucket), 0, Deadline.Token);
        gate.Open();

        ArchiveException error = await ErrorOfAsync(() => verdict);

        Assert.Contains("was fetched 2 times", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HasReplaced_NothingWasWrong_IsFalseWithoutWaitingForOtherBuckets()
    {
        var archive = new FakeArchive(Bucket, Other);
        var gate = new Gate(archive, 100_000);
        await using CachingTransport transport = Through(archive);
        await transport.OpenAsync(Other.Path, 0, Deadline.Token);
        await gate.Reached;

        Assert.False(await transport.HasReplacedAsync(ErrorIn(Bucket), 0, Deadline.Token));
        Assert.False(await transport.HasReplacedAsync(new OtherFailure(FailureKind.Database), 0, Deadline.Token));
        Assert.False(await transport.HasReplacedAsync(new OtherFailure(FailureKind.Usage), -1, Deadline.Token));
        gate.Open();
    }

    private static async Task AssertReplacedBehindAsync(Gate gate, ArchiveObject reader, CachingTransport transport)
    {
        await gate.Reached;
        int before = transport.ReplacedCopies;
        gate.Open();
        ArchiveException error = await ErrorOfAsync(() => reader.Content.ReadToEndAsync());

        Assert.Equal(CacheErrorCode.Replaced, error.Code);
        Assert.True(await transport.HasReplacedAsync(error, before, Deadline.Token));
        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(1, transport.ReplacedCopies);
        Assert.Equal(0, transport.WrongCopies);
    }

    private static FakeArchive Wrong()
    {
        var wrong = new FakeArchive();
        wrong.Files[Bucket.Path] = [.. Bucket.Stored];
        wrong.Files[Bucket.Path][^20] ^= 1;
        return wrong;
    }

    private static ArchiveException ErrorIn(TestBucket bucket) =>
        new(FailureKind.Archive, ArchiveErrorCode.GzipCorrupt, "It is damaged.", ArchivePath.BucketFileName(bucket.Hash));

    private sealed class OtherFailure(FailureKind kind) : PipelineException(kind, "Something else.");

    /// <summary>An archive that gives another copy of what was reported as wrong, and of what the first one has not.</summary>
    private sealed class TwoCopies(FakeArchive first, FakeArchive second) : IArchiveTransport, IArchiveFeedback
    {
        private bool isReported;

        public string Location => first.Location;

        public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
            (isReported || !first.Files.ContainsKey(path) ? second : first).OpenAsync(path, offset, cancellationToken);

        public bool ReportWrongContent(string path, ArchiveObject source) => isReported = true;
    }
}
