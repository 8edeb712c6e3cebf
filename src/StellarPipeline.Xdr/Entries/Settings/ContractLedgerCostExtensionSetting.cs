namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>More limits and fees of ledger access.</summary>
/// <param name="TransactionMaxFootprintEntries">Maximum number of entries in a transaction's footprint.</param>
/// <param name="FeeWritePerKilobyte">Fee per 1,024 bytes written: stroops.</param>
/// <remarks>Format: <c>ConfigSettingContractLedgerCostExtV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractLedgerCostExtensionSetting(uint TransactionMaxFootprintEntries, long FeeWritePerKilobyte);
