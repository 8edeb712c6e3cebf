namespace StellarPipeline.Cli.Show;

/// <summary>Shares of a pool.</summary>
/// <param name="Pool">Id of the pool.</param>
/// <param name="Shares">How many.</param>
/// <param name="AssetA">native, or CODE:ISSUER; null where the tables do not hold the pool.</param>
/// <param name="AssetB">CODE:ISSUER; null likewise.</param>
/// <param name="LastModifiedLedger">The ledger that changed them last.</param>
internal sealed record PoolView(
    string Pool,
    string Shares,
    string? AssetA,
    string? AssetB,
    long LastModifiedLedger);
