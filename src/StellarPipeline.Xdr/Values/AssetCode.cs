using System.Buffers;

namespace StellarPipeline.Xdr.Values;

/// <summary>Checks asset codes and writes assets in their canonical text form.</summary>
public static class AssetCode
{
    /// <summary>Maximum number of bytes of the canonical form: a code of 12, a colon, a strkey of 56.</summary>
    public const int CanonicalBytes = 12 + 1 + StrKey.KeyChars;

    private static readonly SearchValues<byte> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8);

    /// <summary>Checks whether a stored code is one that validators accept.</summary>
    /// <param name="rawCode">The code as stored: 4 or 12 bytes.</param>
    /// <returns>True if it consists of letters and digits followed only by zeros, and has the length for its type: 1 to 4 characters in 4
    /// bytes, 5 to 12 in 12 bytes.</returns>
    /// <remarks>
    /// stellar-core src/util/types.cpp, isAssetValid. A short code in 12 bytes is a different asset from the same code in 4 bytes.
    /// </remarks>
    public static bool IsValid(ReadOnlySpan<byte> rawCode)
    {
        ReadOnlySpan<byte> code = rawCode.TrimEnd((byte)0);
        int least = rawCode.Length switch { 4 => 1, 12 => 5, _ => int.MaxValue };
        return code.Length >= least && !code.ContainsAnyExcept(Allowed);
    }

    /// <summary>Writes <c>native</c>, or <c>CODE:GISSUER</c>, as UTF-8.</summary>
    /// <param name="asset">The asset. Its code is written without trailing zeros and without a check: use <see cref="IsValid"/> if that
    /// matters.</param>
    /// <param name="destination">Receives the text; <see cref="CanonicalBytes"/> are always enough.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    /// <remarks>The form of stellar/go xdr/asset.go, StringCanonical.</remarks>
    public static int WriteCanonical(AssetView asset, Span<byte> destination)
    {
        if (asset.IsNative)
        {
            "native"u8.CopyTo(destination);
            return 6;
        }

        ReadOnlySpan<byte> code = asset.Code;
        code.CopyTo(destination);
        ":"u8.CopyTo(destination[code.Length..]);
        return code.Length + 1 + StrKey.Encode(StrKeyKind.Account, asset.Issuer, destination[(code.Length + 1)..]);
    }
}
