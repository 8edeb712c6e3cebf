using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace StellarPipeline.Archive.Tests.Ledgers.Rpc;

/// <summary>A small stellar-rpc server: getHealth, getNetwork and getLedgers over HTTP, with the shapes of the real one.</summary>
internal sealed class RpcServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public RpcServer()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/"));
        }

        listener.Prefixes.Add(Address.AbsoluteUri);
        listener.Start();
        serving = ServeAsync();
    }

    public Uri Address { get; }

    public uint Oldest { get; set; } = LedgerSamples.First;

    public uint Latest { get; set; } = LedgerSamples.First + 50;

    public string Passphrase { get; set; } = LedgerSamples.Passphrase;

    /// <summary>How the next answers to getLedgers are spoilt, one after the other: null for a good one.</summary>
    public Queue<Func<HttpListenerResponse, string, Task>?> Faults { get; } = new();

    /// <summary>Questions for ledgers.</summary>
    public int Pages { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        listener.Close();
        stop.Dispose();
    }

    /// <summary>An answer that is written as text.</summary>
    public static async Task WriteAsync(HttpListenerResponse response, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        response.ContentType = "application/json";
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
        response.Close();
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
                // Stopped, or the client went away.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using JsonDocument question = await JsonDocument.ParseAsync(context.Request.InputStream);
        JsonElement root = question.RootElement;
        int id = root.GetProperty("id").GetInt32();
        string method = root.GetProperty("method").GetString()!;
        string result = method switch
        {
            "getHealth" =>
                FormattableString.Invariant(
                    $$$"""{"status":"healthy","latestLedger":{{{Latest}}},"oldestLedger":{{{Oldest}}},"ledgerRetentionWindow":{{{Latest
                        - Oldest + 1}}}}"""),
            "getNetwork" => FormattableString.Invariant($$$"""{"passphrase":"{{{Passphrase}}}","protocolVersion":"25"}"""),
            _ => Ledgers(root.GetProperty("params")),
        };
        string answer = result.StartsWith("error:", StringComparison.Ordinal)
            ? FormattableString.Invariant($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32600,"message":"{{{result[6..]}}}"}}""")
            : FormattableString.Invariant($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{result}}}}""");
        if (method == "getLedgers" && Faults.TryDequeue(out Func<HttpListenerResponse, string, Task>? fault) && fault is not null)
            await fault(context.Response, answer);
        else await WriteAsync(context.Response, answer);
    }

    private string Ledgers(JsonElement parameters)
    {
        Pages++;
        uint start = parameters.GetProperty("startLedger").GetUInt32();
        uint limit = parameters.GetProperty("pagination").GetProperty("limit").GetUInt32();
        if (start < Oldest || start > Latest)
        {
            return FormattableString.Invariant(
                $"error:start ledger must be between the oldest ledger: {Oldest} and the latest ledger: {Latest} for this rpc instance.");
        }

        IEnumerable<string> ledgers =
            LedgerSamples.Numbers(start, Math.Min(Latest, start + limit - 1)).Select(static number => FormattableString.Invariant(
                $$$"""{"hash":"","sequence":{{{number}}},"ledgerCloseTime":"0","headerXdr":"","metadataXdr":"{{{Convert.ToBase64String(
                    LedgerSamples.BytesOf(number))}}}"}"""));
        return FormattableString.Invariant(
            $$$"""{"ledgers":[{{{string.Join(
                ',',
                ledgers)}}}],"latestLedger":{{{Latest}}},"latestLedgerCloseTime":0,"oldestLedger":{{{Oldest}}},"oldestLedgerCloseTime":0,"cursor":"{{{start}}}"}""");
    }
}
