using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>
/// Stands before a server on loopback and breaks connections: each takes the next rule; when there is none left it is passed on unchanged.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Rule> rules = new();
    private readonly ConcurrentBag<Task> connections = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Uri target;
    private readonly Task accepting;
    private int accepted;

    public TcpProxy(string targetUrl)
    {
        target = new Uri(targetUrl);
        listener.Start();
        Url = new UriBuilder(target) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri.AbsoluteUri;
        accepting = AcceptAsync();
    }

    /// <summary>What happens after some bytes of the answers.</summary>
    public enum End
    {
        /// <summary>The connection is closed in good order.</summary>
        Close,

        /// <summary>The connection is reset.</summary>
        Reset,
    }

    public string Url { get; }

    public int Accepted => Volatile.Read(ref accepted);

    /// <summary>Breaks the next connection without a rule once that many bytes went to the client.</summary>
    public void Break(long afterBytes, End end) => rules.Enqueue(new Rule(afterBytes, end));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref accepted);
                connections.Add(PassAsync(client, rules.TryDequeue(out Rule? rule) ? rule : null));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy ends.
        }
    }

    private async Task PassAsync(TcpClient client, Rule? rule)
    {
        using TcpClient near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(target.Host, target.Port, stop.Token);
            Task up = CopyAsync(near.GetStream(), far.GetStream(), long.MaxValue);
            Task down = CopyAsync(far.GetStream(), near.GetStream(), rule?.AfterBytes ?? long.MaxValue);
            await Task.WhenAny(up, down);
            if (rule?.End == End.Reset)
                near.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // One of the two sides is gone: so is the connection.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long most)
    {
        try
        {
            byte[] block = new byte[16 * 1024];
            while (most > 0)
            {
                int count = await from.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, most)), stop.Token);
                if (count == 0)
                    return;
                await to.WriteAsync(block.AsMemory(0, count), stop.Token);
                most -= count;
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over.
        }
    }

    private sealed record Rule(long AfterBytes, End End);
}
