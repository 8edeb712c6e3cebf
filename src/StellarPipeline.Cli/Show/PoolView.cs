namespace StellarPipeline.Cli.Show;

/// <summary>Shares of a pool.</summary>
/// <param name="Pool">Id of the pool.</param>
/// <param name="Shares">Number of shares.</param>
/// <param name="AssetA">native, or CODE:ISSUER; null if the tables do not contain the pool.</param>
/// <param name="AssetB">CODE:ISSUER; null if the tables do not contain the pool.</param>
/// <param name="LastModifiedLedger">The ledger that changed them last.</param>
internal sealed record PoolView(
    string Pool,
    string Shares,
    string? AssetA,
    string? AssetB,
    long LastModifiedLedger);
