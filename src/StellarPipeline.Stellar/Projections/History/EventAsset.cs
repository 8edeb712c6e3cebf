using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Reads the asset that an event of an asset contract names in its last topic, and checks it: the asset's contract must be the one that
/// emitted the event.
/// </summary>
/// <remarks>
/// Text: <c>native</c> in any letter case, or <c>CODE:ISSUER</c>, or a comma-separated list of these, as the Go SDK's xdr.BuildAssets
/// parses it.
/// </remarks>
internal sealed class EventAsset(StellarNetwork network, AssetIds assets)
{
    private const int MaxCodeBytes = 12;

    private readonly byte[] rawCode = new byte[MaxCodeBytes];
    private readonly byte[] issuer = new byte[StrKey.MaxPayloadBytes];
    private int rawCodeBytes;

    /// <summary>True if the asset found last is the native one.</summary>
    public bool IsNative { get; private set; }

    /// <summary>Issuer of the asset found last: 32 bytes; empty for the native one.</summary>
    public ReadOnlySpan<byte> Issuer => IsNative ? default : issuer.AsSpan(0, 32);

    /// <summary>Encodes the asset found last as a TrustLineAsset.</summary>
    /// <returns>Bytes written, at most 52.</returns>
    public int WriteLine(Span<byte> destination)
    {
        int length = IsNative ? 4 : 4 + rawCodeBytes + 4 + 32;
        destination[..length].Clear();
        if (IsNative) return length;
        destination[3] = (byte)(rawCodeBytes == 4 ? AssetType.CreditAlphanum4 : AssetType.CreditAlphanum12);
        rawCode.AsSpan(0, rawCodeBytes).CopyTo(destination[4..]);
        Issuer.CopyTo(destination[(4 + rawCodeBytes + 4)..]);
        return length;
    }

    /// <summary>Finds the asset of an event.</summary>
    /// <param name="topic">The last topic.</param>
    /// <param name="contractId">The contract that emitted the event.</param>
    /// <param name="takesFirst">True takes the first asset of a list; false rejects a list.</param>
    /// <returns>False if the topic is not text, contains anything but assets, or names the asset of another contract.</returns>
    public bool TryFind(ScValView topic, ReadOnlySpan<byte> contractId, bool takesFirst)
    {
        if (topic.Type != ScValType.String) return false;
        ReadOnlySpan<byte> text = topic.AsBytes();
        if (text.IsEmpty) return false;
        int comma = text.IndexOf((byte)',');
        if (comma >= 0)
        {
            if (!takesFirst) return false;
            for (ReadOnlySpan<byte> rest = text[(comma + 1)..]; ; rest = rest[(comma + 1)..])
            {
                comma = rest.IndexOf((byte)',');
                if (!TryParse(comma < 0 ? rest : rest[..comma])) return false;
                if (comma < 0) break;
            }

            text = text[..text.IndexOf((byte)',')];
        }

        if (!TryParse(text)) return false;
        ReadOnlySpan<byte> id = IsNative ? network.NativeContractId : assets.Of(rawCode.AsSpan(0, rawCodeBytes), Issuer);
        return id.SequenceEqual(contractId);
    }

    private bool TryParse(ReadOnlySpan<byte> text)
    {
        IsNative = System.Text.Ascii.EqualsIgnoreCase(text, "native"u8);
        if (IsNative) return true;
        int colon = text.IndexOf((byte)':');
        if (colon is < 1 or > MaxCodeBytes) return false;
        foreach (byte character in text[..colon])
        {
            if (!char.IsAsciiLetterOrDigit((char)character)) return false;
        }

        if (!StrKey.TryDecode(text[(colon + 1)..], issuer, out StrKeyKind kind, out _) || kind != StrKeyKind.Account)
            return false;
        rawCodeBytes = colon <= 4 ? 4 : MaxCodeBytes;
        Array.Clear(rawCode);
        text[..colon].CopyTo(rawCode);
        return true;
    }
}
