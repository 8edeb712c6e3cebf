using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>A good server: what is asked for, and what is made of its answers.</summary>
public sealed class HttpTransportTests
{
    private static readonly byte[] Content = TestFiles.Bytes(200_000);

    [Fact]
    public async Task Open_AFile_GivesItsBytesLengthAndPlace()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);

        Assert.NotNull(file);
        Assert.Equal(Content.Length, file.LengthBytes);
        Assert.Equal(server.Url + TestFiles.Path, file.Location);
        Assert.Equal(server.Url, transport.Location);
        Assert.Equal(Content, await file.Content.ReadToEndAsync());
        ServedRequest request = Assert.Single(server.Requests);
        Assert.Null(request.From);
        Assert.StartsWith("pipeline-archive/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("identity", request.Headers["Accept-Encoding"]);
    }

    [Fact]
    public async Task Open_LocationWithoutSlash_ReadsBelowIt()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = TestFiles.Transport(server.Url.TrimEnd('/'));

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_ManyFilesThatStayOpen_NoneWaitsForAnother()
    {
        const int Files = 40;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = async exchange =>
        {
            await exchange.ServeAsync(exchange.File, until: 1000);
            await release.Task;
            await exchange.WriteAsync(exchange.File, 1000, exchange.File.Length);
        };
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveObject?[] files =
            await Task.WhenAll(Enumerable.Range(0, Files).Select(_ => transport.OpenAsync(TestFiles.Path, 0, Deadline.Token).AsTask()));

        Assert.Equal(Files, server.Requests.Count);
        release.SetResult();
        foreach (ArchiveObject? file in files)
        {
            Assert.Equal(Content, await file!.Content.ReadToEndAsync());
            await file.DisposeAsync();
        }
    }

    [Fact]
    public void Options_Defaults_HaveAConnectionForEveryDownloadThatACacheMayRun()
    {
        var most = new CachingTransportOptions { Downloads = 100 };

        most.Validate();
        Assert.True(new HttpTransportOptions().MaxConnections > most.Downloads);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Open_MissingFile_IsNullAtOnce(int status)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = Faults.Status(status);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Null(await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(123_456)]
    [InlineData(199_999)]
    public async Task Open_FromAnOffset_FetchesTheRestOnly(int offset)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content[offset..], await transport.ReadAsync(offset: offset));
        Assert.Equal(Content.Length - offset, server.BytesSent);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(200_001)]
    public async Task Open_FromTheEndOrBehindIt_IsEmpty(int offset)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Empty(await transport.ReadAsync(offset: offset));
    }

    [Fact]
    public async Task Open_FromAnOffsetWithoutRangeSupport_DropsWhatComesBefore()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.WholeAsync;
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content[150_000..], await transport.ReadAsync(offset: 150_000));
        Assert.Empty(await transport.ReadAsync(offset: 300_000));
    }

    [Fact]
    public async Task Open_FileLabelledAsCompressed_IsNotDecompressed()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.With("Content-Encoding", "gzip", exchange => exchange.ServeAsync());
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Fact]
    public async Task Open_WithoutContentLength_ReadsToTheEnd()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = exchange => exchange.WriteAsync(exchange.File, 0, exchange.File.Length);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);

        Assert.Null(file!.LengthBytes);
        Assert.Equal(Content, await file.Content.ReadToEndAsync());
    }

    [Fact]
    public async Task Open_TheRootState_AsksCachesForAFreshOne()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(ArchivePath.RootState, Content);
        server.Files[TestFiles.Path] = Content;
        using HttpTransport transport = TestFiles.Transport(server.Url);

        await transport.ReadAsync(ArchivePath.RootState);
        await transport.ReadAsync();

        Assert.Equal("no-cache", server.Requests[0].Headers["Cache-Control"]);
        Assert.False(server.Requests[1].Headers.ContainsKey("Cache-Control"));
    }

    [Fact]
    public async Task Open_ManyFilesAtOnce_GivesEachItsBytes()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        for (int i = 0; i < 20; i++)
            server.Files[$"bucket/{i}"] = TestFiles.Bytes(50_000 + i, i);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        byte[][] read = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => transport.ReadAsync($"bucket/{i}")));

        Assert.All(read, (content, i) => Assert.Equal(server.Files[$"bucket/{i}"], content));
    }

    [Fact]
    public async Task Read_Cancelled_EndsAtOnce()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.StallAt(1000);
        using HttpTransport transport = TestFiles.Transport(server.Url);
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await file!.Content.ReadExactlyAsync(new byte[1000], Deadline.Token);
        using var cancel = new CancellationTokenSource();

        ValueTask<int> read = file.Content.ReadAsync(new byte[10], cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Open_OverTls_SpeaksHttp2AndResumes()
    {
        using X509Certificate2 certificate = TestFiles.SelfSigned();
        await using ArchiveServer server = await ArchiveServer.StartAsync(certificate);
        server.Files[TestFiles.Path] = Content;
        server.Script(TestFiles.Path, Faults.CutAt(70_000));
        using HttpTransport transport = TestFiles.TransportTrusting(certificate, server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.All(server.Requests, request => Assert.Equal("HTTP/2", request.Protocol));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task FindSize_OfAFile_AsksForTheHeadersOnly()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
        Assert.Equal(default, await transport.FindSizeAsync("bucket/none", Deadline.Token));
        Assert.All(server.Requests, request => Assert.Equal("HEAD", request.Method));
        Assert.Equal(0, server.BytesSent);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task FindSize_ServerWithoutHead_AsksForOneByte(int status)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always =
            exchange => exchange.Request.Method == "HEAD"
                ? exchange.StatusAsync(status)
                : exchange.HasFile ? exchange.ServeAsync() : exchange.StatusAsync(404);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(TestFiles.Path, Deadline.Token));
        Assert.Equal(default, await transport.FindSizeAsync("bucket/none", Deadline.Token));
    }

    [Fact]
    public async Task Open_403AfterAFileWasGiven_IsAMissingFile()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = exchange => exchange.HasFile ? exchange.ServeAsync() : exchange.StatusAsync(403);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        // A server that lets nobody in has not said that a file is missing.
        ArchiveException error =
            await Assert.ThrowsAsync<ArchiveException>(async () => await transport.OpenAsync("bucket/none", 0, Deadline.Token));
        Assert.Equal(TransportErrorCode.AccessDenied, error.Code);
        Assert.Equal(Content, await transport.ReadAsync());

        Assert.Null(await transport.OpenAsync("bucket/none", 0, Deadline.Token));
        Assert.Equal(default, await transport.FindSizeAsync("bucket/none", Deadline.Token));
        error = await Assert.ThrowsAsync<ArchiveException>(async () => await transport.OpenAsync("bucket/none", 5, Deadline.Token));
        Assert.Equal(TransportErrorCode.AccessDenied, error.Code);
    }

    [Fact]
    public async Task Open_UrlWithUserAndQuery_SendsThemAndShowsThemNever()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        string url = server.Url.Replace("http://", "http://reader:p%40ss@", StringComparison.Ordinal) + "?sig=hidden";
        using HttpTransport transport = TestFiles.Transport(url);

        Assert.Equal(Content, await transport.ReadAsync());
        server.Always = Faults.Status(401);
        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("reader:p@ss")), server.Requests[0].Headers["Authorization"]);
        Assert.Equal("?sig=hidden", server.Requests[0].Query);
        Assert.Equal(server.Url, transport.Location);
        Assert.All(
            ["reader", "p%40ss", "p@ss", "hidden"], secret => Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_HttpUrl_MakesAnHttpTransport()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        using HttpTransport transport = Assert.IsType<HttpTransport>(ArchiveTransport.Create(server.Url));

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Theory]
    [InlineData("http://", "not a supported URL")]
    [InlineData("http:///path", "not a supported URL")]
    [InlineData("https://ho st/", "not a supported URL")]
    [InlineData("https://host/path#part", "fragment (after #)")]
    public void Create_UrlThatCannotBeRead_IsAUsageError(string location, string part)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => ArchiveTransport.Create(location));

        Assert.Equal(ArchiveErrorCode.Location, error.Code);
        Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_OptionsOutOfBounds_NamesAllOfThem()
    {
        var options = new HttpTransportOptions { MaxAttempts = 0, StallTimeout = TimeSpan.Zero, UserAgent = "a(b", MaxRedirects = 51 };

        ArchiveException error = Assert.Throws<ArchiveException>(() => new HttpTransport("http://127.0.0.1/", options));

        Assert.Equal(ArchiveErrorCode.Options, error.Code);
        Assert.All(["MaxAttempts is 0", "StallTimeout is 00:00:00", "UserAgent is \"a(b\"", "MaxRedirects is 51"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Requests_AreNotRedirectedOrDecompressedByThePlatform()
    {
        using SocketsHttpHandler handler = HttpRequester.MakeHandler(new HttpTransportOptions());

        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
        Assert.True(handler.UseProxy);
        Assert.Null(handler.Proxy);
    }
}
