using System.Text;
using System.Text.Unicode;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// Name, symbol and decimals that a token contract with WASM code has in its instance storage, in the form that most of them use.
/// </summary>
/// <remarks>
/// The map is stored under <c>Symbol("METADATA")</c> (the token of soroban-examples and its copies) or <c>Vec[Symbol("Meta")]</c>, with the
/// keys <c>name</c>, <c>symbol</c> and <c>decimal</c> or <c>decimals</c>. The limits are those that wallet-backend applies to the answers
/// of its RPC calls (internal/services/sep41/metadata.go): a name of at most 128 bytes, a symbol of at most 32, both UTF-8 without zero
/// bytes, and at most 70 decimals. Metadata that breaks a limit is ignored, as there. A contract can write anything there: the values are
/// not proved.
/// </remarks>
/// <param name="Contract">The contract.</param>
/// <param name="Name">Its name.</param>
/// <param name="Symbol">Its symbol.</param>
/// <param name="Decimals">Its decimals.</param>
internal sealed record TokenMetadata(Hash256 Contract, string Name, string Symbol, int Decimals)
{
    private const int MaxNameBytes = 128;
    private const int MaxSymbolBytes = 32;
    private const uint MaxDecimals = 70;

    /// <summary>Reads an instance with WASM code; null if it has no such map, or one that wallet-backend would not accept.</summary>
    public static TokenMetadata? Read(in ContractDataEntryView data)
    {
        foreach (ScMapEntryView entry in data.Value.AsInstance().Storage)
        {
            if (IsKey(entry.Key) && entry.Value is { Type: ScValType.Map, IsPresent: true })
                return Read(new Hash256(data.Contract.Payload), entry.Value);
        }

        return null;
    }

    private static TokenMetadata? Read(in Hash256 contract, ScValView map)
    {
        string? name = null, symbol = null;
        int decimals = -1;
        foreach (ScMapEntryView entry in map.Entries)
        {
            if (entry.Key.IsSymbol("name"u8))
            {
                name = Text(entry.Value, MaxNameBytes);
            }
            else if (entry.Key.IsSymbol("symbol"u8))
            {
                symbol = Text(entry.Value, MaxSymbolBytes);
            }
            else if ((entry.Key.IsSymbol("decimal"u8) || entry.Key.IsSymbol("decimals"u8)) && entry.Value.Type == ScValType.UInt32
                && entry.Value.AsUInt32() <= MaxDecimals)
            {
                decimals = (int)entry.Value.AsUInt32();
            }
        }

        return name is null || symbol is null || decimals < 0 ? null : new TokenMetadata(contract, name, symbol, decimals);
    }

    /// <summary>Reads the answers of a contract to calls of its functions.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="name">The encoded answer to name().</param>
    /// <param name="symbol">The encoded answer to symbol().</param>
    /// <param name="decimals">The encoded answer to decimals().</param>
    /// <returns>Null if wallet-backend would not store one of them.</returns>
    public static TokenMetadata? OfAnswers(
        in Hash256 contract, ReadOnlySpan<byte> name, ReadOnlySpan<byte> symbol, ReadOnlySpan<byte> decimals)
    {
        try
        {
            var number = ScValView.Parse(decimals);
            if (number.Type != ScValType.UInt32 || number.AsUInt32() > MaxDecimals) return null;
            return Text(ScValView.Parse(name), MaxNameBytes) is { } nameText
                && Text(ScValView.Parse(symbol), MaxSymbolBytes) is { } symbolText
                ? new TokenMetadata(contract, nameText, symbolText, (int)number.AsUInt32())
                : null;
        }
        catch (XdrFormatException)
        {
            // The RPC server is not trusted: its bytes may be no valid value.
            return null;
        }
    }

    private static bool IsKey(ScValView key)
    {
        if (key.IsSymbol("METADATA"u8)) return true;
        if (key is not { Type: ScValType.Vec, IsPresent: true, Count: 1 }) return false;
        foreach (ScValView element in key.Elements) return element.IsSymbol("Meta"u8);
        return false;
    }

    private static string? Text(ScValView value, int maxBytes)
    {
        if (value.Type != ScValType.String) return null;
        ReadOnlySpan<byte> bytes = value.AsBytes();
        return bytes.Length <= maxBytes && !bytes.Contains((byte)0) && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
