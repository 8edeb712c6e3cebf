namespace StellarPipeline.Cli.Show;

/// <summary>An asset.</summary>
/// <param name="Asset">CODE:ISSUER.</param>
/// <param name="Trustlines">Number of trustlines.</param>
/// <param name="Holders">Number of trustlines with a balance.</param>
/// <param name="InTrustlines">Sum of the balances of all trustlines.</param>
/// <param name="Contract">The asset's contract; null if the tables do not contain it.</param>
internal sealed record AssetView(
    string Asset,
    long Trustlines,
    long Holders,
    string InTrustlines,
    TokenView? Contract);
