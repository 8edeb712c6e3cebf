using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace StellarPipeline.TestSupport;

/// <summary>What a <see cref="WireProxy"/> does with the bytes that contain the awaited text.</summary>
public enum WireFate
{
    /// <summary>They are forwarded to the server.</summary>
    Forward,

    /// <summary>They do not reach the server: both connections are closed.</summary>
    CutBefore,

    /// <summary>They reach the server, and both connections are closed when it answers; the client gets no answer.</summary>
    CutAfter,

    /// <summary>
    /// They do not reach the server; the client's connection is closed, but the server's stays open, as if a firewall dropped a connection.
    /// </summary>
    CutClientOnly,
}

/// <summary>A proxy between client and server on loopback, which acts when the client sends a certain text.</summary>
public sealed class WireProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> serving = [];
    private readonly Task accepting;
    private byte[]? awaited;
    private int occurrencesLeft;
    private Func<Task<WireFate>>? action;
    private volatile bool refusesConnections;
    private int hits;
    private long bytesFromClients;
    private long awaitedBytes = long.MaxValue;

    /// <summary>Starts listening.</summary>
    /// <param name="serverConnectionString">Connection string of the server.</param>
    /// <param name="applicationName">The application name in <see cref="ConnectionString"/>; null for that of the server's string.</param>
    public WireProxy(string serverConnectionString, string? applicationName = null)
    {
        server = new NpgsqlConnectionStringBuilder(serverConnectionString);
        listener.Start();
        var client =
            new NpgsqlConnectionStringBuilder(serverConnectionString)
            {
                Host = "127.0.0.1",
                Port = ((IPEndPoint)listener.LocalEndpoint).Port,
                SslMode = SslMode.Disable,
                Timeout = 60,
            };
        if (applicationName is not null) client.ApplicationName = applicationName;
        ConnectionString = client.ConnectionString;
        accepting = AcceptAsync();
    }

    /// <summary>Connection string through this proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>The number of actions so far.</summary>
    public int Hits => Volatile.Read(ref hits);

    /// <summary>Acts once, when the client sends a text, before its bytes are forwarded.</summary>
    /// <param name="text">The text, ASCII.</param>
    /// <param name="fate">Decides what happens to the bytes; called while they are held back.</param>
    /// <param name="occurrence">The number of the occurrence, from 1.</param>
    public void When(string text, Func<Task<WireFate>> fate, int occurrence = 1)
    {
        action = fate;
        occurrencesLeft = occurrence;
        Volatile.Write(ref awaited, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>The same with a fixed fate.</summary>
    public void When(string text, WireFate fate, int occurrence = 1) => When(text, () => Task.FromResult(fate), occurrence);

    /// <summary>Bytes that clients have sent so far, over all connections.</summary>
    public long BytesFromClients => Interlocked.Read(ref bytesFromClients);

    /// <summary>Acts once, when clients have sent a number of bytes.</summary>
    /// <param name="bytes">Bytes, counted like <see cref="BytesFromClients"/>.</param>
    /// <param name="fate">Decides what happens to the bytes that reach the number; called while they are held back.</param>
    public void WhenSent(long bytes, Func<Task<WireFate>> fate)
    {
        action = fate;
        Interlocked.Exchange(ref awaitedBytes, bytes);
    }

    /// <summary>Refuses further connections; existing ones stay open.</summary>
    public void RefuseConnections() => refusesConnections = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client = await listener.AcceptSocketAsync(stop.Token);
            if (refusesConnections) client.Dispose();
            else serving.Add(ServeAsync(client));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        bool local = server.Host!.StartsWith('/');
        using var upstream = new Socket(local ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream,
            local ? ProtocolType.Unspecified : ProtocolType.Tcp);
        using (client)
        {
            try
            {
                if (local) await upstream.ConnectAsync(new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}"), stop.Token);
                else await upstream.ConnectAsync(server.Host!, server.Port, stop.Token);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                return;
            }

            using var session = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            var state = new Session();
            Task toServer = PumpToServerAsync(client, upstream, state, session.Token);
            Task toClient = PumpToClientAsync(upstream, client, state, session.Token);
            await Task.WhenAny(toServer, toClient);
            if (state.KeepsServer)
            {
                client.Dispose();
                await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else if (state.LosesAnswers || state.ServerEnded)
            {
                // A server that ends a session sends the reason before it closes; the reason is still in the connection when sending fails.
                await toClient;
            }

            await session.CancelAsync();
            await Task.WhenAll(toServer, toClient);
        }
    }

    private async Task PumpToServerAsync(Socket client, Socket upstream, Session state, CancellationToken token)
    {
        byte[] buffer = new byte[1 << 16];
        byte[] tail = [];
        try
        {
            while (await client.ReceiveAsync(buffer, token) is > 0 and var read)
            {
                WireFate fate = WireFate.Forward;
                long limit = Interlocked.Read(ref awaitedBytes);
                if (Interlocked.Add(ref bytesFromClients, read) >= limit
                    && Interlocked.CompareExchange(ref awaitedBytes, long.MaxValue, limit) == limit && limit != long.MaxValue)
                {
                    Interlocked.Increment(ref hits);
                    fate = await action!();
                }

                if (Volatile.Read(ref awaited) is { } text)
                {
                    // A text that spans two reads is found too: its first part was forwarded, but half a message has no effect.
                    byte[] window = [.. tail, .. buffer.AsSpan(0, read)];
                    int found = Count(window, text);
                    if (found > 0 && Interlocked.Add(ref occurrencesLeft, -found) <= 0
                        && Interlocked.CompareExchange(ref awaited, null, text) == text)
                    {
                        Interlocked.Increment(ref hits);
                        fate = await action!();
                    }

                    tail = window[Math.Max(0, window.Length - text.Length + 1)..];
                }

                if (fate is WireFate.CutBefore) return;
                if (fate is WireFate.CutClientOnly)
                {
                    state.KeepsServer = true;
                    return;
                }

                if (fate is WireFate.CutAfter) state.LosesAnswers = true;
                if (!await TrySendAsync(upstream, buffer.AsMemory(0, read), token))
                {
                    state.ServerEnded = true;
                    return;
                }

                if (fate is WireFate.CutAfter) return;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side was closed; the other is closed next.
        }
    }

    private static async Task PumpToClientAsync(Socket upstream, Socket client, Session state, CancellationToken token)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (await upstream.ReceiveAsync(buffer, token) is > 0 and var read)
            {
                if (state.LosesAnswers) return;
                for (int sent = 0; sent < read;) sent += await client.SendAsync(buffer.AsMemory(sent, read - sent), token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side was closed; the other is closed next.
        }
    }

    private static async Task<bool> TrySendAsync(Socket upstream, ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await upstream.SendAsync(bytes, token)..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int Count(ReadOnlySpan<byte> window, ReadOnlySpan<byte> text)
    {
        int count = 0;
        for (int at = window.IndexOf(text); at >= 0; at = window.IndexOf(text))
        {
            count++;
            window = window[(at + text.Length)..];
        }

        return count;
    }

    private sealed class Session
    {
        private volatile bool losesAnswers;
        private volatile bool keepsServer;
        private volatile bool serverEnded;

        public bool LosesAnswers
        {
            get => losesAnswers;
            set => losesAnswers = value;
        }

        public bool KeepsServer
        {
            get => keepsServer;
            set => keepsServer = value;
        }

        public bool ServerEnded
        {
            get => serverEnded;
            set => serverEnded = value;
        }
    }
}
