namespace Pipeline.ArchiveGenerator;

/// <summary>The ten ledger entry types, with their XDR discriminants (LedgerEntryType).</summary>
public enum EntryKind
{
    /// <summary>An account.</summary>
    Account = 0,

    /// <summary>A trustline, to a credit asset or to a pool's shares.</summary>
    Trustline = 1,

    /// <summary>An offer on the order book.</summary>
    Offer = 2,

    /// <summary>A named value of an account.</summary>
    Data = 3,

    /// <summary>A claimable balance.</summary>
    ClaimableBalance = 4,

    /// <summary>A liquidity pool.</summary>
    LiquidityPool = 5,

    /// <summary>A value in a contract's storage.</summary>
    ContractData = 6,

    /// <summary>WASM code.</summary>
    ContractCode = 7,

    /// <summary>A network setting.</summary>
    ConfigSetting = 8,

    /// <summary>The time to live of a contract entry.</summary>
    TimeToLive = 9,
}
