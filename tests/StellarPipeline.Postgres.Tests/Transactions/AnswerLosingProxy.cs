using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace StellarPipeline.Postgres.Tests.Transactions;

/// <summary>Stands between client and server, and can cut the client off at the moment when the server answers.</summary>
internal sealed class AnswerLosingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;
    private int mode;

    public AnswerLosingProxy(string serverConnectionString)
    {
        server = new NpgsqlConnectionStringBuilder(serverConnectionString);
        listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(serverConnectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
            Timeout = 60,
        }.ConnectionString;
        accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>From now on: when the server answers, the client is cut off instead of getting the answer.</summary>
    public void LoseNextAnswer(bool acceptMore) => Volatile.Write(ref mode, acceptMore ? 1 : 2);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client = await listener.AcceptSocketAsync(stop.Token);
            if (Volatile.Read(ref mode) == 2)
                client.Dispose();
            else
                _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            bool local = server.Host!.StartsWith('/');
            using var upstream = new Socket(local ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream,
                local ? ProtocolType.Unspecified : ProtocolType.Tcp);
            if (local)
                await upstream.ConnectAsync(new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}"), stop.Token);
            else
                await upstream.ConnectAsync(server.Host!, server.Port, stop.Token);
            Task toServer = PumpAsync(client, upstream, () => false);
            // Only a session that was open when the order came is cut: a later one asks for the outcome.
            bool early = Volatile.Read(ref mode) == 0;
            await PumpAsync(upstream, client, () => early && Volatile.Read(ref mode) != 0);
            client.Close();
            upstream.Close();
            await toServer;
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Func<bool> cut)
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (true)
            {
                int read = await from.ReceiveAsync(buffer, stop.Token);
                if (read == 0 || cut())
                    return;
                await to.SendAsync(buffer.AsMemory(0, read), stop.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has gone; the other one follows.
        }
    }
}
