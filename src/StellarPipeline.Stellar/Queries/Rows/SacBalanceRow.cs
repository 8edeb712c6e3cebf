namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>What a contract holds of an asset, in the asset's contract.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Token">The token.</param>
/// <param name="Balance">What it holds, with seven decimals.</param>
/// <param name="IsAuthorized">Whether it may move it.</param>
/// <param name="IsClawbackEnabled">Whether the issuer may take it back.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record SacBalanceRow(
    string Account,
    ContractTokenRow Token,
    string Balance,
    bool IsAuthorized,
    bool IsClawbackEnabled,
    long LastModifiedLedger);
