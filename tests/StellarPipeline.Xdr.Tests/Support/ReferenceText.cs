using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>How the reference decoder spells bytes, numbers and unions in JSON.</summary>
internal static class ReferenceText
{
    /// <summary>A union: the arm's name and its content.</summary>
    public static JsonObject Arm(string name, JsonNode? content) => new() { [name] = content };

    /// <summary>A 64-bit number: a string.</summary>
    public static JsonNode Long(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>An unsigned 64-bit number: a string.</summary>
    public static JsonNode Long(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    public static JsonNode Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static JsonNode Account(ReadOnlySpan<byte> key) => StrKey.Encode(StrKeyKind.Account, key);

    public static JsonNode? OptionalAccount(ReadOnlySpan<byte> key) => key.IsEmpty ? null : Account(key);

    /// <summary>A string: printable ASCII as it is, anything else escaped.</summary>
    public static JsonNode Escaped(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte value in bytes)
        {
            text.Append(value switch
            {
                0 => "\\0",
                (byte)'\t' => "\\t",
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7f => ((char)value).ToString(),
                _ => $"\\x{value:x2}",
            });
        }

        return text.ToString();
    }

    public static JsonNode Asset(AssetView asset) =>
        asset.Type == AssetType.Native ? "native" : Credit(asset.Type, asset.Code, asset.Issuer);

    public static JsonNode Asset(TrustlineAssetView asset) => asset.Type switch
    {
        AssetType.Native => "native",
        AssetType.PoolShare => Arm("pool_share", StrKey.Encode(StrKeyKind.LiquidityPool, asset.PoolId)),
        _ => Credit(asset.Type, asset.Code, asset.Issuer),
    };

    private static JsonObject Credit(AssetType type, ReadOnlySpan<byte> code, ReadOnlySpan<byte> issuer) =>
        Arm(type == AssetType.CreditAlphanum4 ? "credit_alphanum4" : "credit_alphanum12",
            new JsonObject { ["asset_code"] = Escaped(code), ["issuer"] = Account(issuer) });
}
