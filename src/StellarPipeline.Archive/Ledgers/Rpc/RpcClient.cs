using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Sends JSON-RPC 2.0 requests over HTTP, with limits for time and size.</summary>
/// <remarks>
/// Retries after errors that may pass: no connection, a response that is truncated, late or invalid, and the status codes 408, 429 and 5xx.
/// Thread-safe.
/// </remarks>
internal sealed class RpcClient : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri address;
    private readonly RpcOptions options;
    private readonly RunAttempts attempts;
    private int questions;

    /// <summary>Creates a client for a server.</summary>
    /// <param name="address">Its URL; a user name and password in it are sent by HTTP authentication and never shown.</param>
    /// <param name="options">Limits.</param>
    /// <param name="logger">Receives every failed attempt; null for none.</param>
    public RpcClient(Uri address, RpcOptions options, ILogger? logger)
    {
        this.options = options;
        this.address = new UriBuilder(address) { UserName = "", Password = "" }.Uri;
        Server = this.address.GetLeftPart(UriPartial.Path);
        // The client's own time-out would not cover the body.
        http =
            new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, AllowAutoRedirect = false })
            {
                Timeout = Timeout.InfiniteTimeSpan,
            };
        if (address.UserInfo.Length > 0)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
        }

        attempts = new RunAttempts(
            new RunAttemptsOptions
            {
                Attempts = options.Attempts, Backoff = options.Backoff,
                IsPassing = static error => error is RpcException { IsPassing: true }, Work = "the request"
            }, logger);
    }

    /// <summary>The server, for messages: without secrets.</summary>
    public string Server { get; }

    /// <summary>Sends a request.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="parameters">Writes the members of the parameters; null for none.</param>
    /// <param name="read">Reads the result; an exception for missing or wrong members counts as an invalid response.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="RpcException">There is no usable response.</exception>
    public Task<T> AskAsync<T>(
        string method, Action<Utf8JsonWriter>? parameters, Func<JsonElement, T> read, CancellationToken cancellationToken) =>
            attempts.RunAsync((_, token) => AskOnceAsync(method, parameters, read, token), cancellationToken);

    /// <summary>Throws if the server belongs to another network.</summary>
    /// <param name="passphrase">Passphrase of the expected network.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="LedgerException">The server belongs to another network.</exception>
    public async Task RequireNetworkAsync(string passphrase, CancellationToken cancellationToken)
    {
        string found = await AskAsync("getNetwork", null, static result => result.GetProperty("passphrase").GetString() ?? "",
            cancellationToken).ConfigureAwait(false);
        if (found != passphrase) throw RpcThrow.OtherNetwork(Server, passphrase, found);
    }

    public void Dispose() => http.Dispose();

    private async Task<T> AskOnceAsync<T>(
        string method, Action<Utf8JsonWriter>? parameters, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.AnswerTimeout);
        int question = Interlocked.Increment(ref questions);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = Question(question, method, parameters) };
            using HttpResponseMessage response =
                await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                bool isPassing = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                    or >= HttpStatusCode.InternalServerError;
                throw RpcThrow.Failed(Server, method,
                    string.Create(CultureInfo.InvariantCulture, $"its HTTP status is {(int)response.StatusCode}."), isPassing);
            }

            byte[] answer = await ReadAsync(response, method, limit.Token).ConfigureAwait(false);
            return Read(answer, question, method, read);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw RpcThrow.Failed(
                Server, method, $"the response was not complete after {options.AnswerTimeout.TotalSeconds:F0} s.", isPassing: true, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw RpcThrow.Failed(Server, method, CauseText.Sentence(CauseText.Of(error)), isPassing: true, error);
        }
    }

    private static ByteArrayContent Question(int question, string method, Action<Utf8JsonWriter>? parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", question);
            json.WriteString("method", method);
            if (parameters is not null)
            {
                json.WriteStartObject("params");
                parameters(json);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return new ByteArrayContent(buffer.WrittenSpan.ToArray())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, string method, CancellationToken cancellationToken)
    {
        Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            using var answer = new MemoryStream();
            byte[] part = ArrayPool<byte>.Shared.Rent(64 << 10);
            try
            {
                int read;
                while ((read = await content.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    if (answer.Length + read > options.MaxAnswerBytes)
                    {
                        throw RpcThrow.Failed(
                            Server, method,
                            string.Create(CultureInfo.InvariantCulture,
                                $"its response is longer than {options.MaxAnswerBytes:N0} bytes. Request fewer ledgers at a time."),
                            isPassing: false);
                    }

                    answer.Write(part, 0, read);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(part);
            }

            return answer.ToArray();
        }
    }

    private T Read<T>(byte[] answer, int question, string method, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw RpcThrow.Wrong(Server, method, "it is not a JSON object.");
            if (root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
            {
                throw RpcThrow.Error(Server, method, error.TryGetProperty("code", out JsonElement code) ? code.GetInt32() : 0,
                    error.TryGetProperty("message", out JsonElement text) ? text.GetString() ?? "" : "");
            }

            if (!root.TryGetProperty("id", out JsonElement id) || id.ValueKind != JsonValueKind.Number || id.GetInt32() != question)
                throw RpcThrow.Wrong(Server, method, "it answers another request.");
            return read(root.GetProperty("result"));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw RpcThrow.Wrong(Server, method, error.Message, error);
        }
    }
}
