using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Shows addresses of the history tables as strkeys.</summary>
internal static class AddressText
{
    /// <param name="hexadecimal">A version byte and 32 bytes, as the tables hold them; null for none.</param>
    /// <returns>The strkey; of an address that the tables hold cut, its key with a remark; null for none.</returns>
    public static string? Of(string? hexadecimal) => hexadecimal is null ? null : StellarAddress.TextOf(Convert.FromHexString(hexadecimal));

    /// <summary>Shows the asset of a contract by its name where the ledger tells it, else the contract.</summary>
    public static string? Token(string? hexadecimal, ProjectedLedger ledger)
    {
        if (hexadecimal is null) return null;
        var contract = new Hash256(Convert.FromHexString(hexadecimal).AsSpan(1));
        return ledger.Assets.TryGetValue(contract, out string? name) ? name : Of(hexadecimal);
    }
}
