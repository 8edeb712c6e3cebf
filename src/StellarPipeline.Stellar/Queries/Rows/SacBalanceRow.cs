namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>The balance of a contract in an asset contract.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Token">The token.</param>
/// <param name="Balance">The balance, with seven decimals.</param>
/// <param name="IsAuthorized">Whether the holder may move it.</param>
/// <param name="IsClawbackEnabled">Whether the issuer may claw it back.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record SacBalanceRow(
    string Account,
    ContractTokenRow Token,
    string Balance,
    bool IsAuthorized,
    bool IsClawbackEnabled,
    long LastModifiedLedger);
