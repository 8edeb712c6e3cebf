namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Columns of state_changes besides the key.</summary>
[Flags]
public enum StateChangeColumns
{
    /// <summary>Only the key.</summary>
    None = 0,

    /// <summary>What changed, such as BALANCE.</summary>
    Category = 1 << 0,

    /// <summary>How it changed, such as CREDIT.</summary>
    Reason = 1 << 1,

    /// <summary>The ledger.</summary>
    LedgerNumber = 1 << 2,

    /// <summary>The account or contract whose state changed.</summary>
    Account = 1 << 3,

    /// <summary>The asset contract of the token.</summary>
    Token = 1 << 4,

    /// <summary>The amount, in the smallest unit of the token.</summary>
    Amount = 1 << 5,

    /// <summary>The signer.</summary>
    Signer = 1 << 6,

    /// <summary>The address that may spend.</summary>
    Spender = 1 << 7,

    /// <summary>The address that created the account or contract.</summary>
    Creator = 1 << 8,

    /// <summary>The account into which the account was merged.</summary>
    Destination = 1 << 9,

    /// <summary>The pool, 64 hexadecimal digits.</summary>
    LiquidityPool = 1 << 10,

    /// <summary>Weight of the signer before.</summary>
    SignerWeightBefore = 1 << 11,

    /// <summary>Weight of the signer after.</summary>
    SignerWeightAfter = 1 << 12,

    /// <summary>Which threshold: LOW, MEDIUM or HIGH.</summary>
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

    /// <summary>The id in the muxed address of the receiver.</summary>
    ToMuxedId = 1 << 21,

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    IngestedAt = 1 << 22,

    /// <summary>All columns.</summary>
    All = (1 << 23) - 1,
}
