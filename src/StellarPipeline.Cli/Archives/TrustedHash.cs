using System.Globalization;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Archives;

/// <summary>What a user knows of a ledger from a source of trust.</summary>
/// <param name="Ledger">Its sequence.</param>
/// <param name="Hash">The hash of its header.</param>
internal sealed record TrustedHash(uint Ledger, Hash256 Hash)
{
    /// <summary>Reads <c>ledger:hash</c>.</summary>
    /// <returns>Null when the text is something else.</returns>
    public static TrustedHash? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && uint.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out uint ledger)
            && ledger > 0
            && Hash256.TryParse(text.AsSpan(colon + 1), out Hash256 hash)
            && !hash.IsZero // It stands for no hash at all.
                ? new TrustedHash(ledger, hash)
                : null;
    }
}
