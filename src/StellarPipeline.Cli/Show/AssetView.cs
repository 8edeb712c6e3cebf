namespace StellarPipeline.Cli.Show;

/// <summary>An asset.</summary>
/// <param name="Asset">CODE:ISSUER.</param>
/// <param name="Trustlines">Trustlines to it.</param>
/// <param name="Holders">Those with a balance.</param>
/// <param name="InTrustlines">The sum of their balances.</param>
/// <param name="Contract">Its contract.</param>
internal sealed record AssetView(
    string Asset,
    long Trustlines,
    long Holders,
    string InTrustlines,
    TokenView? Contract);
