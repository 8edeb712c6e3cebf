using System.Text;
using System.Text.Unicode;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// What a token contract with WASM code says of itself in its instance storage: name, symbol and decimals, as most of them keep it.
/// </summary>
/// <remarks>
/// The map stands under <c>Symbol("METADATA")</c> (the token of soroban-examples and those that were made from it) or
/// <c>Vec[Symbol("Meta")]</c>, with the keys <c>name</c>, <c>symbol</c> and <c>decimal</c> or <c>decimals</c>. The limits are those under
/// which wallet-backend stores the answers of its RPC calls (internal/services/sep41/metadata.go): a name of at most 128 bytes, a symbol of
/// at most 32, both UTF-8 without zero bytes, and at most 70 decimals. What breaks one of them is nothing, as there. A contract may write
/// there what it likes: this is its own word.
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

    /// <summary>Reads an instance with WASM code; null where it keeps no such map, or one that wallet-backend would not take.</summary>
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

    /// <summary>Reads what a contract answers to the calls of its functions.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="name">The encoded answer to name().</param>
    /// <param name="symbol">The encoded answer to symbol().</param>
    /// <param name="decimals">The encoded answer to decimals().</param>
    /// <returns>Null where one of them is none that wallet-backend would store.</returns>
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
            // A server that is believed in nothing else either gives bytes that are no value.
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
