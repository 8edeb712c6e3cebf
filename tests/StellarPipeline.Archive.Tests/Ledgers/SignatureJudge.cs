using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Archive.Tests.Transport.Http;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Checks signatures in a URL as S3 does.</summary>
/// <remarks>
/// Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)". Written from it alone: the SDK is
/// what is tested.
/// </remarks>
internal sealed class SignatureJudge(string keyId, string secret)
{
    /// <summary>Serves what is signed rightly, refuses the rest with 403.</summary>
    public Task AnswerAsync(ServerExchange exchange) =>
        AnswerAsync(exchange, static good => good.HasFile ? good.ServeAsync() : good.StatusAsync(404));

    /// <summary>The same with another answer to what is signed rightly.</summary>
    public Task AnswerAsync(ServerExchange exchange, Func<ServerExchange, Task> good) =>
        IsGood(exchange) ? good(exchange) : exchange.StatusAsync(403);

    private bool IsGood(ServerExchange exchange)
    {
        SortedDictionary<string, string> parameters = new(StringComparer.Ordinal);
        foreach (string pair in exchange.Request.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            parameters[Uri.UnescapeDataString(parts[0])] = Uri.UnescapeDataString(parts[1]);
        }

        if (!parameters.Remove("X-Amz-Signature", out string? signature) || parameters.GetValueOrDefault("X-Amz-SignedHeaders") != "host")
            return false;
        string[] scope = parameters["X-Amz-Credential"].Split('/');
        string query =
            string.Join('&', parameters.Select(static pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        string canonical = string.Join(
            '\n', exchange.Request.Method, exchange.Context.Request.Path.Value, query, "host:" + exchange.Context.Request.Host.Value, "",
            "host", "UNSIGNED-PAYLOAD");
        string text = string.Join('\n', "AWS4-HMAC-SHA256", parameters["X-Amz-Date"], string.Join('/', scope[1..]),
            Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (string part in scope[1..])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return scope[0] == keyId && Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))) == signature;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
