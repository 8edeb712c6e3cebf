namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Limits and fees of ledger access.</summary>
/// <param name="LedgerMaxDiskReadEntries">Most entries that a ledger reads from disk.</param>
/// <param name="LedgerMaxDiskReadBytes">Most bytes that a ledger reads from disk.</param>
/// <param name="LedgerMaxWriteLedgerEntries">Most entries that a ledger writes.</param>
/// <param name="LedgerMaxWriteBytes">Most bytes that a ledger writes.</param>
/// <param name="TransactionMaxDiskReadEntries">Most entries that a transaction reads from disk.</param>
/// <param name="TransactionMaxDiskReadBytes">Most bytes that a transaction reads from disk.</param>
/// <param name="TransactionMaxWriteLedgerEntries">Most entries that a transaction writes.</param>
/// <param name="TransactionMaxWriteBytes">Most bytes that a transaction writes.</param>
/// <param name="FeeDiskReadLedgerEntry">Fee of an entry read from disk: stroops.</param>
/// <param name="FeeWriteLedgerEntry">Fee of an entry written: stroops.</param>
/// <param name="FeeDiskReadPerKilobyte">Fee of 1,024 bytes read from disk: stroops.</param>
/// <param name="StateTargetSizeBytes">State size above which rent grows faster: bytes.</param>
/// <param name="RentFeePerKilobyteStateSizeLow">Rent of 1,024 bytes when the state is empty: stroops; may be negative.</param>
/// <param name="RentFeePerKilobyteStateSizeHigh">Rent of 1,024 bytes when the state has its target size: stroops.</param>
/// <param name="StateRentFeeGrowthFactor">How much faster rent grows above the target size.</param>
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
