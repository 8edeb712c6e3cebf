namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Limits and fee of transaction sizes.</summary>
/// <param name="LedgerMaxTransactionsSizeBytes">Maximum number of bytes of all contract transactions of a ledger.</param>
/// <param name="TransactionMaxSizeBytes">Maximum number of bytes of a contract transaction.</param>
/// <param name="FeePerKilobyte">Fee per 1,024 bytes: stroops.</param>
/// <remarks>Format: <c>ConfigSettingContractBandwidthV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractBandwidthSetting(
    uint LedgerMaxTransactionsSizeBytes, uint TransactionMaxSizeBytes, long FeePerKilobyte);
