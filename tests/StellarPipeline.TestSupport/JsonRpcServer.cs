using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace StellarPipeline.TestSupport;

/// <summary>A small JSON-RPC 2.0 server over HTTP on the loopback address; it answers one request after the other.</summary>
public abstract class JsonRpcServer : IAsyncDisposable
{
    private const int MaxPorts = 10;

    private readonly HttpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    /// <summary>Starts the server.</summary>
    protected JsonRpcServer()
    {
        (listener, Address) = Listen();
        serving = ServeAsync();
    }

    /// <summary>The address on which it listens.</summary>
    public Uri Address { get; }

    /// <summary>
    /// Faults of the next answers to <see cref="SpoiltMethod"/>, in order; null for a correct answer. Each receives the correct answer.
    /// </summary>
    public Queue<Func<HttpListenerResponse, string, Task>?> Faults { get; } = new();

    /// <summary>The method whose answers may have faults.</summary>
    protected abstract string SpoiltMethod { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        listener.Close();
        stop.Dispose();
    }

    /// <summary>Sends a text as the answer.</summary>
    public static async Task WriteAsync(HttpListenerResponse response, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        response.ContentType = "application/json";
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
        response.Close();
    }

    /// <summary>The result of a request as JSON, or "error:" and an error message.</summary>
    protected abstract string Answer(string method, JsonElement question);

    private static (HttpListener Listener, Uri Address) Listen()
    {
        for (int attempt = 1; ; attempt++)
        {
            Uri address;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                int port = ((IPEndPoint)probe.LocalEndpoint).Port;
                address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
            }

            var listener = new HttpListener();
            listener.Prefixes.Add(address.AbsoluteUri);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (Exception error) when (attempt < MaxPorts && error is (HttpListenerException or SocketException))
            {
                // Another process has taken the port meanwhile.
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                HttpListenerContext context = await listener.GetContextAsync();
                await AnswerAsync(context);
            }
            catch (Exception error)
                when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The server was stopped, or the client disconnected.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using JsonDocument question = await JsonDocument.ParseAsync(context.Request.InputStream);
        JsonElement root = question.RootElement;
        int id = root.GetProperty("id").GetInt32();
        string method = root.GetProperty("method").GetString()!;
        string result = Answer(method, root);
        string answer = result.StartsWith("error:", StringComparison.Ordinal)
            ? FormattableString.Invariant($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32600,"message":"{{{result[6..]}}}"}}""")
            : FormattableString.Invariant($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{result}}}}""");
        if (method == SpoiltMethod && Faults.TryDequeue(out Func<HttpListenerResponse, string, Task>? fault) && fault is not null)
            await fault(context.Response, answer);
        else await WriteAsync(context.Response, answer);
    }
}
