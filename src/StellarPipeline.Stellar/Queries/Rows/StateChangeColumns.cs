namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Columns of state_changes beside the key.</summary>
[Flags]
public enum StateChangeColumns
{
    /// <summary>The key alone.</summary>
    None = 0,

    /// <summary>What was changed, such as BALANCE.</summary>
    Category = 1 << 0,

    /// <summary>How, such as CREDIT.</summary>
    Reason = 1 << 1,

    /// <summary>The ledger.</summary>
    LedgerNumber = 1 << 2,

    /// <summary>Whose state it is.</summary>
    Account = 1 << 3,

    /// <summary>The contract of the asset.</summary>
    Token = 1 << 4,

    /// <summary>How much, in the smallest unit of the token.</summary>
    Amount = 1 << 5,

    /// <summary>The signer.</summary>
    Signer = 1 << 6,

    /// <summary>Who may spend.</summary>
    Spender = 1 << 7,

    /// <summary>Who created the account or contract.</summary>
    Creator = 1 << 8,

    /// <summary>Where a merged account went.</summary>
    Destination = 1 << 9,

    /// <summary>The pool, 64 hexadecimal digits.</summary>
    LiquidityPool = 1 << 10,

    /// <summary>Weight of the signer before.</summary>
    SignerWeightBefore = 1 << 11,

    /// <summary>Weight of the signer after.</summary>
    SignerWeightAfter = 1 << 12,

    /// <summary>Which threshold.</summary>
    Threshold = 1 << 13,

    /// <summary>The threshold before.</summary>
    ThresholdBefore = 1 << 14,

    /// <summary>The threshold after.</summary>
    ThresholdAfter = 1 << 15,

    /// <summary>The limit before, in the smallest unit.</summary>
    TrustlineLimitBefore = 1 << 16,

    /// <summary>The limit after, with seven decimals, as wallet-backend writes it.</summary>
    TrustlineLimitAfter = 1 << 17,

    /// <summary>Flags, a bit mask.</summary>
    Flags = 1 << 18,

    /// <summary>Name of the data entry.</summary>
    DataEntryName = 1 << 19,

    /// <summary>Further values, as JSON.</summary>
    KeyValue = 1 << 20,

    /// <summary>The number in the muxed address of the receiver.</summary>
    ToMuxedId = 1 << 21,

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    IngestedAt = 1 << 22,

    /// <summary>All of them.</summary>
    All = (1 << 23) - 1,
}
