using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>The text of a credit asset: <c>CODE:ISSUER</c>.</summary>
internal static class AssetName
{
    /// <summary>Length of the longest text: a code of 12 bytes, a colon and an address.</summary>
    public const int MaxBytes = 12 + 1 + StrKey.KeyChars;

    /// <summary>Writes the text.</summary>
    /// <param name="code">Asset code without padding.</param>
    /// <param name="issuer">Issuer's key, 32 bytes.</param>
    /// <param name="utf8">Receives at most <see cref="MaxBytes"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> code, ReadOnlySpan<byte> issuer, Span<byte> utf8)
    {
        code.CopyTo(utf8);
        utf8[code.Length] = (byte)':';
        return code.Length + 1 + StrKey.Encode(StrKeyKind.Account, issuer, utf8[(code.Length + 1)..]);
    }
}
