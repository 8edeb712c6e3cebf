using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Bad servers and bad networks: what is tried again, how it goes on, and what is said when it does not.</summary>
public sealed class HttpFailureTests
{
    private static readonly byte[] Content = TestFiles.Bytes(300_000);

    [Theory]
    [InlineData(401, TransportErrorCode.AccessDenied)]
    [InlineData(403, TransportErrorCode.AccessDenied)]
    [InlineData(451, TransportErrorCode.AccessDenied)]
    [InlineData(511, TransportErrorCode.AccessDenied)]
    [InlineData(400, ArchiveErrorCode.ReadFailed)]
    [InlineData(418, ArchiveErrorCode.ReadFailed)]
    [InlineData(501, ArchiveErrorCode.ReadFailed)]
    [InlineData(505, ArchiveErrorCode.ReadFailed)]
    [InlineData(206, ArchiveErrorCode.ReadFailed)]
    public async Task Open_FinalStatus_FailsAtOnce(int status, string code)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = Faults.Status(status);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(code, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(FormattableString.Invariant($"{server.Url}{TestFiles.Path} could not be read: the server answered {status}"),
            error.Message, StringComparison.Ordinal);
        Assert.Equal(status, Assert.IsType<HttpFailureException>(error.InnerException).StatusCode);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(421)]
    [InlineData(423)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(507)]
    [InlineData(509)]
    [InlineData(520)]
    [InlineData(521)]
    [InlineData(522)]
    [InlineData(524)]
    [InlineData(525)]
    [InlineData(527)]
    [InlineData(529)]
    [InlineData(530)]
    [InlineData(598)]
    [InlineData(599)]
    public async Task Open_PassingStatus_IsTriedAgain(int status)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.Status(status), Faults.Status(status));
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(2, clock.Delays.Count);
    }

    [Fact]
    public async Task Open_PassingStatusForEver_FailsAfterAllAttemptsWithGrowingWaits()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = Faults.Status(503);
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(
            server.Url, clock, TestFiles.Options with { BackoffStart = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(3) });

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("the server answered 503 (Service Unavailable), after 5 attempts. Try again later, or name another archive.",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Requests.Count);
        Assert.Equal(4, clock.Delays.Count);
        double[] most = [1, 2, 3, 3];
        Assert.All(clock.Delays, (wait, i) => Assert.InRange(wait.TotalSeconds, most[i] / 2, most[i]));
        Assert.Equal(4, clock.Delays.Distinct().Count());
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("86400", 120)]
    public async Task Open_RetryAfterSeconds_IsWaitedForUpToTheBound(string retryAfter, int expectedSeconds)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.Status(429, retryAfter));
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), Assert.Single(clock.Delays));
    }

    [Fact]
    public async Task Open_RefusalThatSaysWhenToComeBack_IsTriedAgain()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.Status(403, "3"));
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(TimeSpan.FromSeconds(3), Assert.Single(clock.Delays));
    }

    [Fact]
    public async Task Open_RetryAfterDate_IsWaitedFor()
    {
        var clock = new TestClock();
        string date = clock.GetUtcNow().AddSeconds(42).ToString("R", CultureInfo.InvariantCulture);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.Status(503, date));
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(TimeSpan.FromSeconds(42), Assert.Single(clock.Delays));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(150_000)]
    [InlineData(299_999)]
    public async Task Read_CutAtAByte_FetchesOnlyWhatIsMissing(int end)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.With("ETag", "\"v1\"", exchange => exchange.ServeAsync());
        server.Script(TestFiles.Path, Faults.With("ETag", "\"v1\"", Faults.CutAt(end)));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        int overlap = Math.Min(512, end / 2);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(end == 0 ? null : end - overlap, server.Requests[1].From);
        Assert.Null(server.Requests[1].IfRange);
        Assert.Equal(Content.Length + overlap, server.BytesSent);
    }

    [Fact]
    public async Task Read_ManyCutsWithProgress_NeverRunsOutOfAttempts()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always =
            exchange => exchange.ServeAsync(exchange.File, Math.Min((exchange.Request.From ?? 0) + 10_000, exchange.File.Length));
        using HttpTransport transport =
            TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 2, ProgressBytes = 5_000 });

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(32, server.Requests.Count);
        Assert.Equal(Content.Length + (31 * 512), server.BytesSent);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(600)]
    public async Task Read_EveryAnswerBreaksAfterAFewBytes_IsReadToItsEnd(int bytes)
    {
        byte[] small = TestFiles.Bytes(6_000);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, small);
        server.Always =
            exchange => exchange.ServeAsync(exchange.File, Math.Min((exchange.Request.From ?? 0) + bytes, exchange.File.Length));
        using HttpTransport transport = TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 2 });

        Assert.Equal(small, await transport.ReadAsync());
    }

    [Fact]
    public async Task Read_CrumbsForEver_AreGivenUpAfterTheShortAttempts()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = exchange => exchange.ServeAsync(exchange.File, Math.Min((exchange.Request.From ?? 0) + 100, exchange.File.Length));
        using HttpTransport transport =
            TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 2, MaxShortAttempts = 30 });

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Contains("after 31 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(31, server.Requests.Count);
    }

    [Fact]
    public async Task Read_CutAtTheSamePlaceForEver_FailsAndSaysWhere()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.CutAt(100_000);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Equal(100_000, error.ByteOffset);
        Assert.Contains("from byte 100,000 on, could not be read: the connection broke", error.Message, StringComparison.Ordinal);
        Assert.Contains("after 5 attempts", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TcpProxy.End.Close)]
    [InlineData(TcpProxy.End.Reset)]
    internal async Task Read_ConnectionBrokenAnywhere_GoesOn(TcpProxy.End end)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        await using var proxy = new TcpProxy(server.Url);
        foreach (long bytes in (long[])[0, 20, 1000, 100_000])
            proxy.Break(bytes, end);
        using HttpTransport transport = TestFiles.Transport(proxy.Url);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(5, proxy.Accepted);
    }

    [Fact]
    public async Task Read_SlowDrip_IsReadToItsEnd()
    {
        byte[] small = TestFiles.Bytes(2000);
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, small);
        server.Always = Faults.DripAsync;
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(small, await transport.ReadAsync());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Read_Stall_TimesOutAndGoesOn()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.StallAt(100_000));
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        byte[] start = new byte[100_000];
        await file!.Content.ReadExactlyAsync(start, Deadline.Token);

        byte[] block = new byte[1000];
        ValueTask<int> read = file.Content.ReadAsync(block, Deadline.Token);
        clock.ElapseLongWaits();
        int count = await read;
        byte[] rest = await file.Content.ReadToEndAsync();

        Assert.Equal(Content, (byte[])[.. start, .. block[..count], .. rest]);
        Assert.Equal([null, 100_000 - 512], server.Requests.Select(request => request.From));
        Assert.Equal(Content.Length + 512, server.BytesSent);
    }

    [Fact]
    public async Task Read_StallForEver_FailsAndSaysHowLong()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Always = Faults.StallAt(10);
        var clock = new TestClock();
        using HttpTransport transport =
            TestFiles.Transport(server.Url, clock, TestFiles.Options with { HeadersTimeout = 2 * TestClock.Long, MaxAttempts = 2 });
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await file!.Content.ReadExactlyAsync(new byte[10], Deadline.Token);

        Task<byte[]> rest = file.Content.ReadToEndAsync();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            await clock.LongWaitAsync(TestClock.Long);
            clock.ElapseLongWaits();
        }

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => rest);
        Assert.Contains(
            "from byte 10 on, could not be read: no byte came for 3600 s, after 2 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoAnswer_FailsAndSaysHowLong()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = Faults.NothingAsync;
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock, TestFiles.Options with { MaxFirstAttempts = 2 });

        Task<ArchiveException> error = transport.ReadErrorAsync();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            // The time-out of a request that has not arrived yet says that there is no connection.
            while (server.Requests.Count <= attempt) await Task.Delay(5, Deadline.Token);
            await clock.LongWaitAsync(TestClock.Long);
            clock.ElapseLongWaits();
        }

        Assert.Contains("no answer came within 3600 s, after 2 attempts", (await error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_NoConnectionInTime_SaysHowLong()
    {
        HttpFailureException failure = HttpFailure.NoConnection(TimeSpan.FromSeconds(15), new TimeoutException());

        Assert.Equal("no connection was made within 15 s", failure.Message);
        Assert.True(failure.MayPass);
    }

    [Fact]
    public async Task Open_CertificateNotTrusted_FailsAtOnceAndSaysWhatToDo()
    {
        using X509Certificate2 certificate = TestFiles.SelfSigned();
        await using ArchiveServer server = await ArchiveServer.StartAsync(certificate);
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(server.Url, clock);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.TlsFailed, error.Code);
        Assert.Contains("no secure connection is possible (", error.Message, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", error.Message, StringComparison.Ordinal);
        Assert.Empty(clock.Delays);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Open_CertificateForAnotherName_SaysWhichNamesItHas()
    {
        using X509Certificate2 certificate = TestFiles.SelfSigned("mirror.example");
        await using ArchiveServer server = await ArchiveServer.StartAsync(certificate);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("its certificate is for mirror.example, not for 127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Contains("its certificate is self-signed (CN=mirror.example)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_CertificateIsOver_SaysSince()
    {
        using X509Certificate2 certificate =
            TestFiles.SelfSigned("127.0.0.1", DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(-1));
        await using ArchiveServer server = await ArchiveServer.StartAsync(certificate);
        using var transport = new HttpTransport(server.Url, TestFiles.Options, TimeProvider.System);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("the certificate of CN=127.0.0.1 expired on ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_PlainServerByHttps_AsksForTheScheme()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        using HttpTransport transport = TestFiles.Transport(server.Url.Replace("http://", "https://", StringComparison.Ordinal));

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.TlsFailed, error.Code);
        Assert.Contains("does not speak TLS at this port", error.Message, StringComparison.Ordinal);
        Assert.Contains("Must the URL begin with http://", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NameThatNobodyHas_NamesIt()
    {
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport("http://no-such-archive.invalid/", clock);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("no-such-archive.invalid", error.Message.Replace("http://no-such-archive.invalid/", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Contains("name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_ThroughAProxy_NamesTheProxy()
    {
        var context = new RequestContext("archive.example", "http://proxy.example:3128", null, IsSecure: true);

        Assert.Equal(
            "the proxy http://proxy.example:3128 cannot be reached (Connection refused)",
            HttpFailure.OfRequest(new HttpRequestException(
                HttpRequestError.ConnectionError, "outer", new IOException("Connection refused")), context).Message);
        Assert.Equal(
            "the proxy http://proxy.example:3128 rejects the connection (status 407)",
            HttpFailure.OfRequest(new HttpRequestException(
                HttpRequestError.ProxyTunnelError, "status 407", null, HttpStatusCode.ProxyAuthenticationRequired), context).Message);
    }

    [Fact]
    public async Task Open_ConnectionRefused_FailsAfterTheFirstAttempts()
    {
        // Bound, so that no other server gets the port, and never listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var clock = new TestClock();
        using HttpTransport transport = TestFiles.Transport(FormattableString.Invariant($"http://127.0.0.1:{port}/"), clock);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Contains(FormattableString.Invariant($"the connection failed (127.0.0.1:{port}: Connection refused"), error.Message,
            StringComparison.Ordinal);
        Assert.Contains("after 3 attempts. Check the URL and the network", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, clock.Delays.Count);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, true, "the server's name was not found (Name not known)")]
    [InlineData(HttpRequestError.ProxyTunnelError, true, "the proxy does not connect (Name not known)")]
    [InlineData(HttpRequestError.UserAuthenticationError, false, "the proxy rejects the connection (Name not known)")]
    [InlineData(HttpRequestError.VersionNegotiationError, false, "the answer cannot be understood (Name not known)")]
    [InlineData(HttpRequestError.SecureConnectionError, true, "the connection failed (Name not known)")]
    public void Failure_OfRequest_IsNamedByItsKind(HttpRequestError kind, bool mayPass, string problem)
    {
        HttpFailureException failure = HttpFailure.OfRequest(new HttpRequestException(kind, "outer", new IOException("Name not known.")));

        Assert.Equal(mayPass, failure.MayPass);
        Assert.Equal(problem, failure.Message);
    }

    [Fact]
    public void Failure_WithAProxyInItsText_HidesPasswordAndControlCharacters()
    {
        HttpFailureException failure = HttpFailure.OfRequest(
            new HttpRequestException(HttpRequestError.ProxyTunnelError, "proxy http://me:secret@proxy:8080/\r\nfailed."));

        Assert.Equal("the proxy does not connect (proxy http://proxy:8080/  failed)", failure.Message);
    }

    [Fact]
    public async Task Read_MoreThanAnnounced_IsRefused()
    {
        var handler =
            new FixedAnswer(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new LyingContent(Content, announced: 1000) });
        using var transport = new HttpTransport("http://127.0.0.1/", TestFiles.Options, new TestClock(), new Random(1), handler);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("the answer is longer than the 1,000 bytes that it announced", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LessThanAnnouncedWithoutABrokenConnection_IsCaughtToo()
    {
        var handler = new FixedAnswer(
            () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new LyingContent(Content, announced: Content.Length + 5) });
        using var transport = new HttpTransport("http://127.0.0.1/", TestFiles.Options, new TestClock(), new Random(1), handler);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("the answer ended 5 bytes too early", error.Message, StringComparison.Ordinal);
    }

    private sealed class FixedAnswer(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer());
    }

    private sealed class LyingContent : HttpContent
    {
        private readonly byte[] content;

        public LyingContent(byte[] content, long announced)
        {
            this.content = content;
            Headers.ContentLength = announced;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(content).AsTask();

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new MemoryStream(content));

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
