using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace StellarPipeline.TestSupport;

/// <summary>A server that simulates contract calls without arguments; requests and answers have the form of stellar-rpc.</summary>
public sealed class TokenServer : JsonRpcServer
{
    // Offsets of the contract and of the function's name in the envelope of such a call.
    private const int ContractAt = 80;
    private const int NameAt = 112;
    private const int Unsigned32 = 3;
    private const int Text = 14;

    private readonly List<string> questions = [];

    /// <summary>The passphrase of the network that it reports.</summary>
    public string Passphrase { get; set; } = "";

    /// <summary>The token data of a contract, by its id in hexadecimal; null for a contract that is not a token.</summary>
    public Func<string, (string Name, string Symbol, uint Decimals)?> Token { get; set; } = static _ => null;

    /// <summary>The calls so far: contract and function.</summary>
    public IReadOnlyList<string> Questions
    {
        get
        {
            lock (questions) return [.. questions];
        }
    }

    /// <summary>The transaction of the last simulation request.</summary>
    public byte[] LastTransaction { get; private set; } = [];

    /// <inheritdoc/>
    protected override string SpoiltMethod => "simulateTransaction";

    /// <summary>Sends an answer with a fault, which is selected by name.</summary>
    public static Task SpoilAsync(string fault, HttpListenerResponse response, string answer)
    {
        switch (fault)
        {
            case "status":
                response.StatusCode = 503;
                response.Close();
                return Task.CompletedTask;
            case "cut":
                byte[] bytes = Encoding.UTF8.GetBytes(answer);
                response.ContentLength64 = bytes.Length;
                response.OutputStream.Write(bytes.AsSpan(0, bytes.Length / 2));
                response.Abort();
                return Task.CompletedTask;
            case "not json": return WriteAsync(response, "<html>");
            case "other id": return WriteAsync(response, answer.Replace("\"id\":", "\"id\":9", StringComparison.Ordinal));
            case "no results": return WriteAsync(response, answer.Replace("results", "result", StringComparison.Ordinal));
            case "not base64": return WriteAsync(response, answer.Replace("\"xdr\":\"", "\"xdr\":\"*", StringComparison.Ordinal));
            case "not xdr":
                int at = answer.IndexOf("\"xdr\":\"", StringComparison.Ordinal) + 7;
                return WriteAsync(response, answer[..at] + "AAA=" + answer[answer.IndexOf('"', at)..]);
            default: throw new ArgumentException(fault, nameof(fault));
        }
    }

    /// <inheritdoc/>
    protected override string Answer(string method, JsonElement question)
    {
        if (method == "getNetwork")
            return FormattableString.Invariant($$$"""{"passphrase":"{{{Passphrase}}}","protocolVersion":"25"}""");
        LastTransaction = question.GetProperty("params").GetProperty("transaction").GetBytesFromBase64();
        string contract = Convert.ToHexStringLower(LastTransaction.AsSpan(ContractAt, 32));
        int length = BinaryPrimitives.ReadInt32BigEndian(LastTransaction.AsSpan(NameAt));
        string function = Encoding.ASCII.GetString(LastTransaction.AsSpan(NameAt + 4, length));
        lock (questions) questions.Add($"{contract} {function}");
        if (Token(contract) is not { } token)
            return """{"error":"HostError: Error(WasmVm, MissingValue)","events":[],"latestLedger":1000}""";
        byte[] value = function switch
        {
            "name" => Value(token.Name),
            "symbol" => Value(token.Symbol),
            _ => [0, 0, 0, Unsigned32, .. Word(token.Decimals)],
        };
        return string.Create(CultureInfo.InvariantCulture,
            $$$"""{"transactionData":"","minResourceFee":"0","events":[],"results":[{"auth":[],"xdr":"{{{Convert.ToBase64String(
                value)}}}"}],"latestLedger":1000}""");
    }

    private static byte[] Value(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [0, 0, 0, Text, .. Word((uint)bytes.Length), .. bytes, .. new byte[-bytes.Length & 3]];
    }

    private static byte[] Word(uint value)
    {
        byte[] word = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        return word;
    }
}
