using Pipeline.Archive.Tests.Generator;
using Pipeline.Dataflow;

namespace Pipeline.Archive.Tests.Http;

/// <summary>Several archives as one: who is asked, who goes on, and when a file counts as missing.</summary>
public sealed class MirrorTransportTests : IAsyncLifetime
{
    private const int Overlap = 512;

    private static readonly byte[] Content = TestFiles.Bytes(300_000);

    private readonly TestClock clock = new();
    private ArchiveServer first = null!;
    private ArchiveServer second = null!;
    private ArchiveServer third = null!;

    public async Task InitializeAsync()
    {
        first = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        second = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        third = await ArchiveServer.StartAsync(TestFiles.Path, Content);
    }

    public async Task DisposeAsync()
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
        await third.DisposeAsync();
    }

    [Theory]
    [InlineData(403)]
    [InlineData(500)]
    public async Task Open_FirstMirrorFails_TheSecondGivesTheFileWithoutAWait(int status)
    {
        first.Always = Faults.Status(status);
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(clock.Delays);
        Assert.Single(first.Requests);
        Assert.Equal([1, 0], transport.Status.Select(status => status.Failures));
        Assert.Equal([0, Content.Length], transport.Status.Select(status => status.BytesRead));
        Assert.Equal([true, false], transport.Status.Select(status => status.IsResting));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200_000)]
    [InlineData(299_999)]
    public async Task Read_MirrorBreaksOff_AnotherGoesOnFromThere(int end)
    {
        first.Always = Faults.CutAt(end);
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(clock.Delays);
        Assert.Equal(Content.Length - end + Math.Min(end, Overlap), second.BytesSent);
    }

    [Fact]
    public async Task Read_ConnectionBreaksOnce_IsMadeAgainToTheSameMirror()
    {
        first.Script(TestFiles.Path, Faults.CutAt(100_000), Faults.CutAt(250_000));
        using var transport = (MirrorTransport)MirrorTransport.Create([first.Url, second.Url]);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal([null, 100_000], first.Requests.Select(request => request.From));
        Assert.Equal(250_000 - Overlap, Assert.Single(second.Requests).From);
    }

    [Fact]
    public async Task Read_MirrorGone_AnotherGoesOn()
    {
        first.Script(TestFiles.Path, Faults.StallAt(150_000));
        using MirrorTransport transport = Mirrors(first, second);
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        byte[] start = new byte[150_000];
        await file!.Content.ReadExactlyAsync(start, Deadline.Token);

        Task<byte[]> rest = file.Content.ReadToEndAsync();
        await first.DisposeAsync();

        Assert.Equal(Content[150_000..], await rest);
        Assert.Equal(150_000 + Overlap, second.BytesSent);
    }

    [Fact]
    public async Task Read_OtherMirrorStoresOtherBytes_IsNotJoinedWithIt()
    {
        first.Always = Faults.CutAt(200_000);
        byte[] other = [.. Content];
        other[199_900] ^= 1;
        second.Files[TestFiles.Path] = other;
        using MirrorTransport transport = Mirrors(first, second, third);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Single(second.Requests);
        Assert.Single(third.Requests);
    }

    [Fact]
    public async Task Read_EveryOtherMirrorStoresOtherBytes_SaysSo()
    {
        first.Script(TestFiles.Path, Faults.CutAt(200_000), Faults.Status(403));
        byte[] other = [.. Content];
        other[199_900] ^= 1;
        second.Files[TestFiles.Path] = other;
        third.Files[TestFiles.Path] = Content[..^1];
        using MirrorTransport transport = Mirrors(first, second, third);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Equal(200_000, error.ByteOffset);
        Assert.Contains("could not be read from any of 3 archives", error.Message, StringComparison.Ordinal);
        Assert.Contains("has other bytes before byte 200,000, so it cannot go on", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 299,999 bytes and not 300,000", error.Message, StringComparison.Ordinal);
        Assert.Contains("answered 403", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OtherMirrorHasNoSuchFile_ReturnsToTheFirst()
    {
        first.Script(TestFiles.Path, Faults.CutAt(200_000));
        second.Files.Clear();
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(2, first.Requests.Count);
    }

    [Fact]
    public async Task Open_OnlyTheLastMirrorHasTheFile_FindsIt()
    {
        first.Files.Clear();
        second.Files.Clear();
        using MirrorTransport transport = Mirrors(first, second, third);

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_NoMirrorHasTheFile_IsNull()
    {
        using MirrorTransport transport = Mirrors(first, second, third);

        Assert.Null(await transport.OpenAsync("bucket/none", 0, Deadline.Token));
        Assert.Equal(default, await transport.FindSizeAsync("bucket/none", Deadline.Token));
        Assert.Empty(clock.Delays);
    }

    [Fact]
    public async Task Open_OneMirrorCannotSay_IsAnErrorAndNotMissing()
    {
        first.Always = Faults.Status(403);
        using MirrorTransport transport = Mirrors(first, second);

        ArchiveException error = await transport.ReadErrorAsync("bucket/none");

        Assert.Equal(TransportErrorCode.AccessDenied, error.Code);
        Assert.Contains("answered 403", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{second.Url} has no such file.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_EveryMirrorFails_FailsAfterAllRounds()
    {
        first.Always = second.Always = Faults.Status(503);
        using MirrorTransport transport = Mirrors(first, second);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains($"{TestFiles.Path} could not be read from any of 2 archives, after 5 rounds: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(first.Url, error.Message, StringComparison.Ordinal);
        Assert.Contains(second.Url, error.Message, StringComparison.Ordinal);
        Assert.InRange(first.Requests.Count, 3, 5);
        Assert.Equal(4, clock.Delays.Count);
    }

    [Fact]
    public async Task Open_MirrorAsksForAWait_IsLeftAloneAsLong()
    {
        first.Script(TestFiles.Path, Faults.Status(429, "60"));
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(clock.Delays);
        Assert.Single(first.Requests);

        second.Script(TestFiles.Path, Faults.Status(503, "5"));
        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(5, Assert.Single(clock.Delays).TotalSeconds, precision: 3);
        Assert.Equal(4, second.Requests.Count);
    }

    [Fact]
    public async Task ReportWrongContent_OfOneMirror_TheNextOneGivesTheFile()
    {
        using MirrorTransport transport = Mirrors(first, second);
        await using ArchiveObject? wrong = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await wrong!.Content.ReadToEndAsync();

        Assert.True(transport.ReportWrongContent(TestFiles.Path, wrong));
        await using ArchiveObject? right = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await right!.Content.ReadToEndAsync();

        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
        Assert.Equal([1, 0], transport.Status.Select(status => status.WrongFiles));
        Assert.False(transport.ReportWrongContent(TestFiles.Path, right));
        ArchiveException error = await transport.ReadErrorAsync();
        Assert.Equal(TransportErrorCode.WrongContent, error.Code);
        Assert.Contains($"{first.Url} gave wrong content before.", error.Message, StringComparison.Ordinal);
        Assert.False(transport.ReportWrongContent(TestFiles.Path, new ArchiveObject(Stream.Null, "elsewhere", 0)));
    }

    [Fact]
    public async Task Open_AfterAReportOfAnotherFile_AsksThatMirrorLast()
    {
        first.Files["other"] = second.Files["other"] = Content;
        using MirrorTransport transport = Mirrors(first, second);
        await using ArchiveObject? wrong = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await wrong!.Content.ReadToEndAsync();
        transport.ReportWrongContent(TestFiles.Path, wrong);

        for (int i = 0; i < 5; i++)
            Assert.Equal(Content, await transport.ReadAsync("other"));
        Assert.Single(first.Requests);
        second.Always = Faults.Status(403);
        Assert.Equal(Content, await transport.ReadAsync("other"));
        Assert.Equal(2, first.Requests.Count);
    }

    [Fact]
    public async Task ReportWrongContent_OfJoinedParts_TheNextTimeOneMirrorGivesAll()
    {
        first.Script(TestFiles.Path, Faults.CutAt(100_000));
        using MirrorTransport transport = Mirrors(first, second);
        await using ArchiveObject? joined = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await joined!.Content.ReadToEndAsync();

        Assert.True(transport.ReportWrongContent(TestFiles.Path, joined));
        Assert.False(transport.ReportWrongContent(TestFiles.Path, joined));
        Assert.Equal([0, 0], transport.Status.Select(status => status.WrongFiles));
        first.Script(TestFiles.Path, Faults.CutAt(200_000));
        second.Script(TestFiles.Path, Faults.CutAt(200_000));
        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Contains("broke off at byte 200,000, and parts of this file from different archives did not fit each other before", error.Message, StringComparison.Ordinal);
        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_CheckpointFilePublishedAMomentLater_IsWaitedFor()
    {
        const string State = "history/00/00/00/history-0000003f.json";
        first.Files[ArchivePath.RootState] = first.Files[State] = Content;
        first.Script(State, Faults.Status(404), Faults.Status(404));
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Null(await transport.OpenAsync(State, 0, Deadline.Token));
        Assert.Empty(clock.Delays);
        await transport.ReadAsync(ArchivePath.RootState);

        Assert.Equal(Content, await transport.ReadAsync(State));
        Assert.Single(clock.Delays);
        Assert.Null(await transport.OpenAsync("history/none", 0, Deadline.Token));
        Assert.Equal(4, clock.Delays.Count);
        Assert.Null(await transport.OpenAsync("bucket/none", 0, Deadline.Token));
        clock.ElapseLongWaits();
        Assert.Null(await transport.OpenAsync("history/none", 0, Deadline.Token));
        Assert.Equal(4, clock.Delays.Count);
    }

    [Fact]
    public async Task Open_SeveralAtOnce_SpreadsThemEvenly()
    {
        using MirrorTransport transport = Mirrors(first, second, third);
        var files = new List<ArchiveObject>();
        for (int i = 0; i < 9; i++)
            files.Add((await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token))!);

        Assert.All([first, second, third], server => Assert.Equal(3, server.Requests.Count));
        foreach (ArchiveObject file in files)
            await file.DisposeAsync();
    }

    [Fact]
    public async Task Read_ManyFilesWithOneMirrorFailing_TheGoodOnesShareTheWork()
    {
        for (int i = 0; i < 30; i++)
            first.Files[$"bucket/{i}"] = second.Files[$"bucket/{i}"] = third.Files[$"bucket/{i}"] = TestFiles.Bytes(40_000, i);
        second.Always = Faults.Status(500);
        using MirrorTransport transport = Mirrors(first, second, third);

        await Parallel.ForAsync(0, 30, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (i, _) =>
            Assert.Equal(first.Files[$"bucket/{i}"], await transport.ReadAsync($"bucket/{i}")));

        // The clock stands still, so the failing one rests from its first failures on: only requests that were on their way together can meet it.
        Assert.InRange(second.Requests.Count, 1, 6);
        Assert.All([first, third], server => Assert.InRange(server.Requests.Count, 3, 27));
        Assert.Equal(30 * 40_000, first.BytesSent + third.BytesSent);
    }

    [Fact]
    public async Task Read_FolderAndServer_WorkTogether()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, TestFiles.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, Content);
        first.Always = Faults.CutAt(100_000);
        using var transport = new MirrorTransport([TestFiles.Transport(first.Url, clock, Once), new DirectoryTransport(folder.Path)], null, clock, new Random(1));

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
        Assert.Equal($"{first.Url}, {folder.Path}", transport.Location);
    }

    [Theory]
    [InlineData(true, "ended at byte 1,000, although 300,000 bytes were announced")]
    [InlineData(false, "could not be read: The device is gone. Check the permissions and the device.")]
    public async Task Read_OtherTransportFails_IsHandledAlike(bool endsEarly, string part)
    {
        var broken = new BrokenTransport(Content, 1000, endsEarly);
        using var alone = new MirrorTransport([broken], new MirrorTransportOptions { RoundsMax = 2 }, clock, new Random(1));
        using var both = new MirrorTransport([broken, TestFiles.Transport(first.Url, clock, Once)], null, clock, new Random(1));

        Assert.Equal(Content, await both.ReadAsync());
        ArchiveException error = await alone.ReadErrorAsync();
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindSize_FirstMirrorFails_TheSecondAnswers()
    {
        first.Always = Faults.Status(500);
        using MirrorTransport transport = Mirrors(first, second);

        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
    }

    [Fact]
    public void Create_ByNumberOfPlaces_MakesWhatFits()
    {
        Assert.Contains("No archive was named", Assert.Throws<ArchiveException>(() => MirrorTransport.Create([])).Message, StringComparison.Ordinal);
        Assert.Equal(ArchiveErrorCode.Location, Assert.Throws<ArchiveException>(() => new MirrorTransport([])).Code);
        using var one = Assert.IsType<HttpTransport>(MirrorTransport.Create([first.Url]));
        using var two = Assert.IsType<MirrorTransport>(MirrorTransport.Create([first.Url, second.Url]));
        Assert.Equal($"{first.Url}, {second.Url}", two.Location);
        var options = new MirrorTransportOptions { RoundsMax = 0, OverlapBytes = -1 };
        ArchiveException error = Assert.Throws<ArchiveException>(() => MirrorTransport.Create([first.Url, second.Url], options));
        Assert.Contains("RoundsMax is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("OverlapBytes is -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_OfAMirror_IsItsSpeedSharedByItsStreamsAndLessAfterFailures()
    {
        var mirror = new Mirror(new BrokenTransport([], 0, endsEarly: true));

        DateTimeOffset now = clock.GetUtcNow();
        var delay = new RetryDelay(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new Random(1));

        Assert.Equal(8, mirror.Score(unknownSpeed: 8, now));
        mirror.Begin();
        mirror.Begin();
        mirror.End(1000, TimeSpan.FromSeconds(1));
        Assert.Equal(4, mirror.Score(8, now));
        mirror.Begin();
        mirror.End(2_000_000, TimeSpan.FromSeconds(1));
        Assert.Equal(1_000_000, mirror.Score(8, now));
        mirror.End(4_000_000, TimeSpan.FromSeconds(1));
        Assert.Equal(3_000_000, mirror.Score(8, now));
        mirror.Fail(delay, askedFor: null, now);
        mirror.Fail(delay, askedFor: null, now);
        Assert.Equal(3_000_000 / 16.0, mirror.Score(8, now), precision: 3);
        Assert.InRange(mirror.Score(8, now.AddMinutes(1)), 3_000_000 * 0.6, 3_000_000 * 0.7);
        Assert.InRange(mirror.Score(8, now.AddMinutes(20)), 3_000_000 * 0.999, 3_000_000);
    }

    private static HttpTransportOptions Once => TestFiles.Options with { AttemptsMax = 1 };

    private MirrorTransport Mirrors(params ArchiveServer[] servers) => new(
        [.. servers.Select(server => TestFiles.Transport(server.Url, clock, Once with { IsOneOfSeveral = true }))],
        new MirrorTransportOptions { RoundsMax = 5 },
        clock,
        new Random(1));

    private sealed class BrokenTransport(byte[] content, int most, bool endsEarly) : IArchiveTransport
    {
        public string Location => "/broken";

        public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            Stream source = new MemoryStream(content, (int)Math.Min(offset, most), (int)Math.Max(0, most - offset));
            return ValueTask.FromResult<ArchiveObject?>(new ArchiveObject(endsEarly ? source : new FailingEnd(source), "/broken/file", content.Length - offset));
        }
    }

    private sealed class FailingEnd(Stream source) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await source.ReadAsync(buffer, cancellationToken);
            return count > 0 ? count : throw new IOException("The device is gone.");
        }
    }
}
