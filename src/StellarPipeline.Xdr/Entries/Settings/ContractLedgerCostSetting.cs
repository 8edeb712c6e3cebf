namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Limits and fees of ledger access.</summary>
/// <param name="LedgerMaxDiskReadEntries">Maximum number of entries that a ledger reads from disk.</param>
/// <param name="LedgerMaxDiskReadBytes">Maximum number of bytes that a ledger reads from disk.</param>
/// <param name="LedgerMaxWriteLedgerEntries">Maximum number of entries that a ledger writes.</param>
/// <param name="LedgerMaxWriteBytes">Maximum number of bytes that a ledger writes.</param>
/// <param name="TransactionMaxDiskReadEntries">Maximum number of entries that a transaction reads from disk.</param>
/// <param name="TransactionMaxDiskReadBytes">Maximum number of bytes that a transaction reads from disk.</param>
/// <param name="TransactionMaxWriteLedgerEntries">Maximum number of entries that a transaction writes.</param>
/// <param name="TransactionMaxWriteBytes">Maximum number of bytes that a transaction writes.</param>
/// <param name="FeeDiskReadLedgerEntry">Fee per entry read from disk: stroops.</param>
/// <param name="FeeWriteLedgerEntry">Fee per entry written: stroops.</param>
/// <param name="FeeDiskReadPerKilobyte">Fee per 1,024 bytes read from disk: stroops.</param>
/// <param name="StateTargetSizeBytes">State size above which rent grows faster: bytes.</param>
/// <param name="RentFeePerKilobyteStateSizeLow">Rent per 1,024 bytes when the state is empty: stroops; may be negative.</param>
/// <param name="RentFeePerKilobyteStateSizeHigh">Rent per 1,024 bytes when the state has its target size: stroops.</param>
/// <param name="StateRentFeeGrowthFactor">Factor by which rent grows faster above the target size.</param>
/// <remarks>Format: <c>ConfigSettingContractLedgerCostV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractLedgerCostSetting(
    uint LedgerMaxDiskReadEntries,
    uint LedgerMaxDiskReadBytes,
    uint LedgerMaxWriteLedgerEntries,
    uint LedgerMaxWriteBytes,
    uint TransactionMaxDiskReadEntries,
    uint TransactionMaxDiskReadBytes,
    uint TransactionMaxWriteLedgerEntries,
    uint TransactionMaxWriteBytes,
    long FeeDiskReadLedgerEntry,
    long FeeWriteLedgerEntry,
    long FeeDiskReadPerKilobyte,
    long StateTargetSizeBytes,
    long RentFeePerKilobyteStateSizeLow,
    long RentFeePerKilobyteStateSizeHigh,
    uint StateRentFeeGrowthFactor);
