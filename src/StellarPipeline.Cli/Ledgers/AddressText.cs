using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Shows addresses of the history tables as strkeys.</summary>
internal static class AddressText
{
    /// <param name="hexadecimal">A version byte and 32 bytes, as the tables store them; null for none.</param>
    /// <returns>The strkey; for an address that the tables store truncated, its key with a remark; null for none.</returns>
    public static string? Of(string? hexadecimal) => hexadecimal is null ? null : StellarAddress.TextOf(Convert.FromHexString(hexadecimal));

    /// <summary>Shows the name of a contract's asset if the ledger contains it, otherwise the contract.</summary>
    public static string? Token(string? hexadecimal, ProjectedLedger ledger)
    {
        if (hexadecimal is null) return null;
        var contract = new Hash256(Convert.FromHexString(hexadecimal).AsSpan(1));
        return ledger.Assets.TryGetValue(contract, out string? name) ? name : Of(hexadecimal);
    }
}
