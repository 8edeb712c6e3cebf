namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Limit and fee of events.</summary>
/// <param name="TransactionMaxContractEventsSizeBytes">Maximum number of bytes of a transaction's events.</param>
/// <param name="FeePerKilobyte">Fee per 1,024 bytes of events: stroops.</param>
/// <remarks>Format: <c>ConfigSettingContractEventsV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractEventsSetting(uint TransactionMaxContractEventsSizeBytes, long FeePerKilobyte);
