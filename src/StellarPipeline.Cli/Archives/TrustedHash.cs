using System.Globalization;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Archives;

/// <summary>The hash of a ledger header from a source that the user trusts.</summary>
/// <param name="Ledger">Its sequence.</param>
/// <param name="Hash">The hash of its header.</param>
internal sealed record TrustedHash(uint Ledger, Hash256 Hash)
{
    /// <summary>Reads <c>ledger:hash</c>.</summary>
    /// <returns>The hash; null if the text has another form.</returns>
    public static TrustedHash? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && uint.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out uint ledger)
            && ledger > 0
            && Hash256.TryParse(text.AsSpan(colon + 1), out Hash256 hash)
            && !hash.IsZero // All zeros mean "no hash".
                ? new TrustedHash(ledger, hash)
                : null;
    }
}
