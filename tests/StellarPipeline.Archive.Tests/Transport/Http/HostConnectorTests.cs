using System.Net;
using System.Net.Sockets;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Names with several addresses, some of which swallow packets.</summary>
public sealed class HostConnectorTests
{
    private static readonly IPAddress Silent = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Good = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress Other = IPAddress.Parse("2001:db8::1");

    private readonly TestClock clock = new();
    private readonly List<IPAddress> tried = [];

    [Fact]
    public async Task Connect_FirstAddressSwallowsPackets_TheSecondHasItsTurnAfterItsHeadStartAndIsRemembered()
    {
        HostConnector connector = Connector([Silent, Good]);

        await using Stream first = await connector.ConnectAsync(new DnsEndPoint("archive.example", 443), Deadline.Token);
        Assert.Equal([Silent, Good], tried);
        Assert.Equal([AddressRace.HeadStart], clock.Delays);
        await using Stream second = await connector.ConnectAsync(new DnsEndPoint("archive.example", 443), Deadline.Token);

        Assert.Equal([Silent, Good, Good], tried[..3]);
        Assert.Null(connector.DescribePending());
    }

    [Fact]
    public async Task Connect_AddressRefuses_TheNextHasItsTurnAtOnce()
    {
        HostConnector connector = Connector([IPAddress.Parse("192.0.2.9"), Good]);

        await using Stream stream = await connector.ConnectAsync(new DnsEndPoint("archive.example", 443), Deadline.Token);

        Assert.Equal(2, tried.Count);
    }

    [Fact]
    public async Task Connect_EveryAddressRefuses_NamesThemAll()
    {
        HostConnector connector = Connector([IPAddress.Parse("192.0.2.8"), IPAddress.Parse("192.0.2.9")]);

        NoAddressAnsweredException error = await Assert.ThrowsAsync<NoAddressAnsweredException>(
            async () => await connector.ConnectAsync(new DnsEndPoint("archive.example", 443), Deadline.Token));

        Assert.Equal("192.0.2.8:443: refused; 192.0.2.9:443: refused", error.Message);
        Assert.Null(connector.DescribePending());
    }

    [Fact]
    public async Task Connect_StoppedWhileWaiting_SaysWhatWasTried()
    {
        HostConnector connector = Connector([Silent]);
        using var stop = new CancellationTokenSource();
        Task<Stream> connecting = connector.ConnectAsync(new DnsEndPoint("archive.example", 443), stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal("192.0.2.1:443: no answer", connector.DescribePending());
    }

    [Fact]
    public void Order_OfTwoFamilies_Alternates()
    {
        IReadOnlyList<AddressTry> order = AddressRace.Order([Other, Silent, Good], 443, remembered: null);

        Assert.Equal([Other, Silent, Good], order.Select(attempt => attempt.Address.Address));
        Assert.Equal([Good, Other, Silent], AddressRace.Order([Other, Silent, Good], 443, Good).Select(attempt => attempt.Address.Address));
        Assert.Equal([Silent, Other, Good], AddressRace.Order([Silent, Good, Other], 443, null).Select(attempt => attempt.Address.Address));
    }

    [Fact]
    public async Task Race_ConnectionThatComesTooLate_IsDropped()
    {
        var late = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var dropped = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        IReadOnlyList<AddressTry> tries = AddressRace.Order([Silent, Good], 443, null);

        string winner = await AddressRace.RunAsync(tries, (place, _) => place.Address.Equals(Silent) ? late.Task : Task.FromResult("good"),
            dropped.SetResult, clock, Deadline.Token);
        late.SetResult("late");

        Assert.Equal("good", winner);
        Assert.Equal("late", await dropped.Task.WaitAsync(Deadline.Token));
        Assert.Equal("192.0.2.2:443: connected", tries[1].ToString());
    }

    [SkippableFact]
    public async Task Open_NoAddressAnswersInTime_NamesWhatWasTried()
    {
        // A listener whose queue is full: on Linux the next connection gets no answer at all.
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux drops what a full queue cannot take.");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var fill = new List<Socket>();
        for (int i = 0; i < 4; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fill.Add(socket);
            _ = socket.ConnectAsync(listener.LocalEndPoint!).ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        }

        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        HttpTransportOptions options = TestFiles.Options with { ConnectTimeout = TimeSpan.FromSeconds(2), MaxFirstAttempts = 1 };
        using var transport = new HttpTransport(FormattableString.Invariant($"http://127.0.0.1:{port}/"), options, TimeProvider.System);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains(FormattableString.Invariant($"no connection was made within 2 s (127.0.0.1:{port}: no answer)"), error.Message,
            StringComparison.Ordinal);
        fill.ForEach(socket => socket.Dispose());
    }

    private HostConnector Connector(IPAddress[] addresses) => new(
        clock,
        (_, _) => Task.FromResult(addresses),
        async (place, token) =>
        {
            lock (tried)
                tried.Add(place.Address);
            if (place.Address.Equals(Silent))
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return place.Address.Equals(Good) ? new MemoryStream() : throw new IOException("refused");
        });
}
