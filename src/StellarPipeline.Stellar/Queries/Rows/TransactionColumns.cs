namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Columns of transactions besides the key.</summary>
[Flags]
public enum TransactionColumns
{
    /// <summary>Only the key.</summary>
    None = 0,

    /// <summary>Hash of the transaction, 64 hexadecimal digits; for a fee bump, the hash of the fee bump.</summary>
    Hash = 1 << 0,

    /// <summary>The fee, in stroops.</summary>
    FeeCharged = 1 << 1,

    /// <summary>wallet-backend's name of the result, such as TransactionResultCodeTxSuccess.</summary>
    ResultCode = 1 << 2,

    /// <summary>The ledger.</summary>
    LedgerNumber = 1 << 3,

    /// <summary>Whether it is a fee bump.</summary>
    IsFeeBump = 1 << 4,

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    IngestedAt = 1 << 5,

    /// <summary>All columns.</summary>
    All = (1 << 6) - 1,
}
