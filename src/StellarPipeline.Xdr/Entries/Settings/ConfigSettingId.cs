namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>The network-wide settings of the smart-contract system.</summary>
/// <remarks>
/// Values are those of <c>ConfigSettingID</c> in Stellar-contract-config-setting.x; 17 to 20 exist since protocol 26 (CAP-77).
/// </remarks>
public enum ConfigSettingId
{
    /// <summary>Maximum number of bytes of a contract's code.</summary>
    ContractMaxSizeBytes = 0,

    /// <summary>Instruction limits and fee.</summary>
    ContractCompute = 1,

    /// <summary>Limits and fees of ledger access.</summary>
    ContractLedgerCost = 2,

    /// <summary>Fee of historical data.</summary>
    ContractHistoricalData = 3,

    /// <summary>Limit and fee of events.</summary>
    ContractEvents = 4,

    /// <summary>Limits and fee of transaction sizes.</summary>
    ContractBandwidth = 5,

    /// <summary>Cost of each kind of work in CPU instructions.</summary>
    ContractCostParametersCpu = 6,

    /// <summary>Cost of each kind of work in memory.</summary>
    ContractCostParametersMemory = 7,

    /// <summary>Maximum number of bytes of a contract data key.</summary>
    ContractDataKeySizeBytes = 8,

    /// <summary>Maximum number of bytes of a contract data entry.</summary>
    ContractDataEntrySizeBytes = 9,

    /// <summary>Times to live, rent and eviction.</summary>
    StateArchival = 10,

    /// <summary>Maximum number of contract transactions in a ledger.</summary>
    ContractExecutionLanes = 11,

    /// <summary>Recent sizes of the contract state.</summary>
    LiveSorobanStateSizeWindow = 12,

    /// <summary>Position of the eviction scan.</summary>
    EvictionIterator = 13,

    /// <summary>Maximum number of clusters of dependent transactions in a ledger.</summary>
    ContractParallelCompute = 14,

    /// <summary>More limits and fees of ledger access.</summary>
    ContractLedgerCostExtension = 15,

    /// <summary>Time-outs of consensus.</summary>
    ScpTiming = 16,

    /// <summary>Keys of entries that must not be accessed.</summary>
    FrozenLedgerKeys = 17,

    /// <summary>Change of the frozen keys; only in upgrades, never stored.</summary>
    FrozenLedgerKeysDelta = 18,

    /// <summary>Transactions that may access frozen entries.</summary>
    FreezeBypassTransactions = 19,

    /// <summary>Change of those transactions; only in upgrades, never stored.</summary>
    FreezeBypassTransactionsDelta = 20,
}
