using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Mirrors;

/// <summary>Several archives as one: who is asked, who goes on, and when a file counts as missing.</summary>
public sealed class MirrorTransportTests : MirrorTest
{
    private const int Overlap = 512;

    [Theory]
    [InlineData(403)]
    [InlineData(500)]
    public async Task Open_FirstMirrorFails_TheSecondGivesTheFileWithoutAWait(int status)
    {
        First.Always = Faults.Status(status);
        using MirrorTransport transport = Mirrors(First, Second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(Clock.Delays);
        Assert.Single(First.Requests);
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
        First.Always = Faults.CutAt(end);
        using MirrorTransport transport = Mirrors(First, Second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(Clock.Delays);
        Assert.Equal(Content.Length - end + Math.Min(end, Overlap), Second.BytesSent);
    }

    [Fact]
    public async Task Read_ConnectionBreaksOnce_IsMadeAgainToTheSameMirror()
    {
        First.Script(TestFiles.Path, Faults.CutAt(100_000), Faults.CutAt(250_000));
        using var transport = (MirrorTransport)MirrorTransport.Create([First.Url, Second.Url]);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal([null, 100_000 - Overlap], First.Requests.Select(request => request.From));
        Assert.Equal(250_000 - Overlap, Assert.Single(Second.Requests).From);
    }

    [Fact]
    public async Task Read_MirrorGone_AnotherGoesOn()
    {
        First.Script(TestFiles.Path, Faults.StallAt(150_000));
        using MirrorTransport transport = Mirrors(First, Second);
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        byte[] start = new byte[150_000];
        await file!.Content.ReadExactlyAsync(start, Deadline.Token);

        Task<byte[]> rest = file.Content.ReadToEndAsync();
        await First.DisposeAsync();

        Assert.Equal(Content[150_000..], await rest);
        Assert.Equal(150_000 + Overlap, Second.BytesSent);
    }

    [Fact]
    public async Task Read_OtherMirrorStoresOtherBytes_IsNotJoinedWithIt()
    {
        First.Always = Faults.CutAt(200_000);
        byte[] other = [.. Content];
        other[199_900] ^= 1;
        Second.Files[TestFiles.Path] = other;
        using MirrorTransport transport = Mirrors(First, Second, Third);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Single(Second.Requests);
        Assert.Single(Third.Requests);
    }

    [Fact]
    public async Task Read_EveryOtherMirrorStoresOtherBytes_SaysSo()
    {
        First.Script(TestFiles.Path, Faults.CutAt(200_000), Faults.Status(403));
        byte[] other = [.. Content];
        other[199_900] ^= 1;
        Second.Files[TestFiles.Path] = other;
        Third.Files[TestFiles.Path] = Content[..^1];
        using MirrorTransport transport = Mirrors(First, Second, Third);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Equal(200_000, error.ByteOffset);
        Assert.Contains("could not be read from any of 3 archives", error.Message, StringComparison.Ordinal);
        Assert.Contains("has other bytes before byte 200,000, so it cannot continue", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 299,999 bytes instead of 300,000", error.Message, StringComparison.Ordinal);
        Assert.Contains("answered 403", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OtherMirrorHasNoSuchFile_ReturnsToTheFirst()
    {
        First.Script(TestFiles.Path, Faults.CutAt(200_000));
        Second.Files.Clear();
        using MirrorTransport transport = Mirrors(First, Second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(2, First.Requests.Count);
    }

    [Fact]
    public async Task Open_OnlyTheLastMirrorHasTheFile_FindsIt()
    {
        First.Files.Clear();
        Second.Files.Clear();
        using MirrorTransport transport = Mirrors(First, Second, Third);

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_NoMirrorHasTheFile_IsNull()
    {
        using MirrorTransport transport = Mirrors(First, Second, Third);

        Assert.Null(await transport.OpenAsync("bucket/none", 0, Deadline.Token));
        Assert.Equal(default, await transport.FindSizeAsync("bucket/none", Deadline.Token));
        Assert.Empty(Clock.Delays);
    }

    [Fact]
    public async Task Open_OneMirrorCannotSay_IsAnErrorAndNotMissing()
    {
        First.Always = Faults.Status(403);
        using MirrorTransport transport = Mirrors(First, Second);

        ArchiveException error = await transport.ReadErrorAsync("bucket/none");

        Assert.Equal(TransportErrorCode.AccessDenied, error.Code);
        Assert.Contains("answered 403", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{Second.Url} has no such file.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportWrongContent_OfOneMirror_TheNextOneGivesTheFile()
    {
        using MirrorTransport transport = Mirrors(First, Second);
        await using ArchiveObject? wrong = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await wrong!.Content.ReadToEndAsync();

        Assert.True(transport.ReportWrongContent(TestFiles.Path, wrong));
        await using ArchiveObject? right = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await right!.Content.ReadToEndAsync();

        Assert.Single(First.Requests);
        Assert.Single(Second.Requests);
        Assert.Equal([1, 0], transport.Status.Select(status => status.WrongFiles));
        Assert.False(transport.ReportWrongContent(TestFiles.Path, right));
        ArchiveException error = await transport.ReadErrorAsync();
        Assert.Equal(TransportErrorCode.WrongContent, error.Code);
        Assert.Contains($"{First.Url} delivered wrong content before.", error.Message, StringComparison.Ordinal);
        Assert.False(transport.ReportWrongContent(TestFiles.Path, new ArchiveObject(Stream.Null, "elsewhere", 0)));
    }

    [Fact]
    public async Task Open_AfterAReportOfAnotherFile_AsksThatMirrorLast()
    {
        First.Files["other"] = Second.Files["other"] = Content;
        using MirrorTransport transport = Mirrors(First, Second);
        await using ArchiveObject? wrong = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await wrong!.Content.ReadToEndAsync();
        transport.ReportWrongContent(TestFiles.Path, wrong);

        for (int i = 0; i < 5; i++)
            Assert.Equal(Content, await transport.ReadAsync("other"));
        Assert.Single(First.Requests);
        Second.Always = Faults.Status(403);
        Assert.Equal(Content, await transport.ReadAsync("other"));
        Assert.Equal(2, First.Requests.Count);
    }

    [Fact]
    public async Task ReportWrongContent_OfJoinedParts_TheNextTimeOneMirrorGivesAll()
    {
        First.Script(TestFiles.Path, Faults.CutAt(100_000));
        using MirrorTransport transport = Mirrors(First, Second);
        await using ArchiveObject? joined = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await joined!.Content.ReadToEndAsync();

        Assert.True(transport.ReportWrongContent(TestFiles.Path, joined));
        Assert.False(transport.ReportWrongContent(TestFiles.Path, joined));
        Assert.Equal([0, 0], transport.Status.Select(status => status.WrongFiles));
        First.Script(TestFiles.Path, Faults.CutAt(200_000));
        Second.Script(TestFiles.Path, Faults.CutAt(200_000));
        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Contains("broke off at byte 200,000, and earlier, parts of this file from different archives did not fit together",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_SeveralAtOnce_SpreadsThemEvenly()
    {
        using MirrorTransport transport = Mirrors(First, Second, Third);
        var files = new List<ArchiveObject>();
        for (int i = 0; i < 9; i++)
            files.Add((await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token))!);

        Assert.All([First, Second, Third], server => Assert.Equal(3, server.Requests.Count));
        foreach (ArchiveObject file in files)
            await file.DisposeAsync();
    }

    [Fact]
    public async Task Read_ManyFilesWithOneMirrorFailing_TheGoodOnesShareTheWork()
    {
        const int Readers = 12;
        for (int i = 0; i < 30; i++)
            First.Files[$"bucket/{i}"] = Second.Files[$"bucket/{i}"] = Third.Files[$"bucket/{i}"] = TestFiles.Bytes(40_000, i);
        int asked = 0;
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        First.Always = Third.Always = exchange => TogetherAsync(exchange, answered => answered.ServeAsync());
        Second.Always = exchange => TogetherAsync(exchange, Faults.Status(500));
        using MirrorTransport transport = Mirrors(First, Second, Third);

        await Task.WhenAll(Enumerable.Range(0, Readers).Select(ReadAsync).ToArray());

        // The clock stands still, so the failing one rests from its first failures on: only requests that were on their way together can
        // meet it.
        Assert.InRange(Second.Requests.Count, 1, 6);
        Assert.All([First, Third], server => Assert.InRange(server.Requests.Count, 3, 27));
        Assert.Equal(30 * 40_000, First.BytesSent + Third.BytesSent);

        async Task ReadAsync(int reader)
        {
            for (int i = reader; i < 30; i += Readers)
                Assert.Equal(First.Files[$"bucket/{i}"], await transport.ReadAsync($"bucket/{i}"));
        }

        // Nobody is answered before every reader has chosen its first mirror.
        async Task TogetherAsync(ServerExchange exchange, Func<ServerExchange, Task> answer)
        {
            if (Interlocked.Increment(ref asked) == Readers)
                together.SetResult();
            await together.Task;
            await answer(exchange);
        }
    }

    [Fact]
    public async Task Read_FolderAndServer_WorkTogether()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, TestFiles.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, Content);
        First.Always = Faults.CutAt(100_000);
        using var transport = new MirrorTransport(
            [TestFiles.Transport(First.Url, Clock, Once), new DirectoryTransport(folder.Path)], null, Clock, new Random(1));

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
        Assert.Equal($"{First.Url}, {folder.Path}", transport.Location);
    }

    [Theory]
    [InlineData(true, "ended at byte 1,000, although 300,000 bytes were announced")]
    [InlineData(false, "could not be read: The device is gone. Check the permissions and the device.")]
    public async Task Read_OtherTransportFails_IsHandledAlike(bool endsEarly, string part)
    {
        var broken = new BrokenTransport(Content, 1000, endsEarly);
        using var alone = new MirrorTransport([broken], new MirrorTransportOptions { MaxRounds = 2 }, Clock, new Random(1));
        using var both = new MirrorTransport([broken, TestFiles.Transport(First.Url, Clock, Once)], null, Clock, new Random(1));

        Assert.Equal(Content, await both.ReadAsync());
        ArchiveException error = await alone.ReadErrorAsync();
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindSize_FirstMirrorFails_TheSecondAnswers()
    {
        First.Always = Faults.Status(500);
        using MirrorTransport transport = Mirrors(First, Second);

        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
    }

    [Fact]
    public void Create_ByNumberOfPlaces_MakesWhatFits()
    {
        Assert.Contains(
            "No archive was named", Assert.Throws<ArchiveException>(() => MirrorTransport.Create([])).Message, StringComparison.Ordinal);
        Assert.Equal(ArchiveErrorCode.Location, Assert.Throws<ArchiveException>(() => new MirrorTransport([])).Code);
        using HttpTransport one = Assert.IsType<HttpTransport>(MirrorTransport.Create([First.Url]));
        using MirrorTransport two = Assert.IsType<MirrorTransport>(MirrorTransport.Create([First.Url, Second.Url]));
        Assert.Equal($"{First.Url}, {Second.Url}", two.Location);
        var options = new MirrorTransportOptions { MaxRounds = 0, OverlapBytes = -1 };
        ArchiveException error = Assert.Throws<ArchiveException>(() => MirrorTransport.Create([First.Url, Second.Url], options));
        Assert.Contains("MaxRounds is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("OverlapBytes is -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_OfAMirror_IsItsSpeedSharedByItsStreamsAndLessAfterFailures()
    {
        var mirror = new Mirror(new BrokenTransport([], 0, endsEarly: true));

        DateTimeOffset now = Clock.GetUtcNow();
        var delay = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), random: new Random(1));

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

    private sealed class BrokenTransport(byte[] content, int most, bool endsEarly) : IArchiveTransport
    {
        public string Location => "/broken";

        public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            Stream source = new MemoryStream(content, (int)Math.Min(offset, most), (int)Math.Max(0, most - offset));
            return ValueTask.FromResult<ArchiveObject?>(
                new ArchiveObject(endsEarly ? source : new FailingEnd(source), "/broken/file", content.Length - offset));
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
