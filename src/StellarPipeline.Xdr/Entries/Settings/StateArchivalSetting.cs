namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Times to live, rent and eviction.</summary>
/// <param name="MaxEntryTtl">Longest time to live: ledgers.</param>
/// <param name="MinTemporaryTtl">Shortest time to live of a new temporary entry: ledgers.</param>
/// <param name="MinPersistentTtl">Shortest time to live of a new persistent entry: ledgers.</param>
/// <param name="PersistentRentRateDenominator">Rent of persistent entries is the write fee divided by this.</param>
/// <param name="TemporaryRentRateDenominator">Rent of temporary entries is the write fee divided by this.</param>
/// <param name="MaxEntriesToArchive">Maximum number of entries that a ledger archives.</param>
/// <param name="StateSizeWindowSampleSize">Number of samples in the window of state sizes.</param>
/// <param name="StateSizeWindowSamplePeriod">Ledgers between samples.</param>
/// <param name="EvictionScanSize">Number of bytes that a ledger scans for entries to evict.</param>
/// <param name="StartingEvictionScanLevel">Level of the bucket list at which the scan starts.</param>
/// <remarks>Format: <c>StateArchivalSettings</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct StateArchivalSetting(
    uint MaxEntryTtl,
    uint MinTemporaryTtl,
    uint MinPersistentTtl,
    long PersistentRentRateDenominator,
    long TemporaryRentRateDenominator,
    uint MaxEntriesToArchive,
    uint StateSizeWindowSampleSize,
    uint StateSizeWindowSamplePeriod,
    uint EvictionScanSize,
    uint StartingEvictionScanLevel);
