using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Going on in the middle of a file: with servers that know ranges, that do not, and that give something else.</summary>
public sealed class HttpRangeTests
{
    private static readonly byte[] Content = TestFiles.Bytes(300_000);

    [Fact]
    public async Task Read_CutWithoutRangeSupport_DropsWhatWasRead()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.WholeAsync;
        server.Script(TestFiles.Path, Faults.CutAt(123_456));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(123_456 + Content.Length, server.BytesSent);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(7_000)]
    [InlineData(600)]
    public async Task Read_EveryAnswerHasAnotherTagAndBreaks_GoesOnAtTheByteReached(int bytes)
    {
        byte[] content = TestFiles.Bytes(40 * bytes / 10);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, content);
        int answers = 0;
        server.Always =
            exchange =>
                Faults.With("ETag", $"\"{answers++}\"",
                    each => each.ServeAsync(each.File, Math.Min(each.File.Length, (each.Request.From ?? 0) + bytes)))(exchange);
        using HttpTransport transport = TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 10 });

        Assert.Equal(content, await transport.ReadAsync());
        Assert.All(server.Requests.Skip(1), request => Assert.True(request.From > 0));
    }

    [Fact]
    public async Task Read_AnotherTagAndTheWholeFileAgain_DropsWhatWasReadAndGoesOn()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.With("ETag", "\"v1\"", Faults.CutAt(1000)), Faults.With("ETag", "\"v2\"", Faults.WholeAsync));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OtherBytesBeforeThePlace_IsAnErrorThatSaysSo(bool knowsRanges)
    {
        byte[] other = TestFiles.Bytes(300_000, seed: 2);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(
            TestFiles.Path, Faults.CutAt(1000), knowsRanges ? Faults.Content(other) : exchange => Faults.WholeAsync(exchange, other));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Contains("the file changed while it was read: its bytes before byte 1,000 are now different, after 2 "
            + "attempts.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PartWithoutItsPlace_IsTakenForWhatWasAskedFor()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.CutAt(100_000), async exchange =>
        {
            exchange.Context.Response.StatusCode = 206;
            await exchange.WriteAsync(exchange.File, exchange.Request.From!.Value, exchange.File.Length);
        });
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_LengthChanged_IsAnErrorThatSaysSo(bool knowsRanges)
    {
        byte[] other = TestFiles.Bytes(300_001);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(
            TestFiles.Path, Faults.CutAt(1000), knowsRanges ? Faults.Content(other) : exchange => Faults.WholeAsync(exchange, other));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.FileChanged, error.Code);
        Assert.Contains("it had 300,000 bytes and now has 300,001", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WeakEntityTagsThatDiffer_GoesOn()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.With("ETag", "W/\"a\"", Faults.CutAt(1000)),
            Faults.With("ETag", "W/\"b\"", exchange => exchange.ServeAsync()));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Null(server.Requests[1].IfRange);
    }

    [Fact]
    public async Task Read_AnotherRangeThanAskedFor_IsRefused()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.CutAt(1000), async exchange =>
        {
            exchange.Context.Response.StatusCode = 206;
            exchange.Context.Response.Headers.ContentRange = "bytes 999-299999/300000";
            await exchange.WriteAsync(exchange.File, 999, 2000);
        });
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains(
            "the server was asked for bytes from 500 on but sent \"bytes 999-299999/300000\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_RangeRefusedInTheMiddle_IsAnError()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.CutAt(1000), Faults.Status(416));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("sent 416, as if the file of 300,000 bytes had none there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PartsShorterThanAskedFor_AreJoined()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.CutAt(100_000));
        server.Always = async exchange =>
        {
            int from = (int)exchange.Request.From!.Value;
            int end = Math.Min(from + 70_000, Content.Length);
            exchange.Context.Response.StatusCode = 206;
            exchange.Context.Response.Headers.ContentRange = FormattableString.Invariant($"bytes {from}-{end - 1}/{Content.Length}");
            exchange.Context.Response.ContentLength = end - from;
            await exchange.WriteAsync(exchange.File, from, end);
        };
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal([null, 99_488, 168_976, 238_464], server.Requests.Select(request => request.From));
        Assert.Single(clock.Delays);
    }

    [Fact]
    public async Task Read_FileGoneInTheMiddle_IsTriedAgain()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.CutAt(1000), Faults.Status(404));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        server.Script(TestFiles.Path, Faults.CutAt(1000));
        server.Always = Faults.Status(404);
        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("the server no longer has the file, although it gave a part of it before", error.Message, StringComparison.Ordinal);
    }
}
