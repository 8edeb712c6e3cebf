namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Columns of transactions beside the key.</summary>
[Flags]
public enum TransactionColumns
{
    /// <summary>The key alone.</summary>
    None = 0,

    /// <summary>Hash of the transaction, 64 hexadecimal digits; of a fee bump, its own.</summary>
    Hash = 1 << 0,

    /// <summary>What was paid, in stroops.</summary>
    FeeCharged = 1 << 1,

    /// <summary>wallet-backend's name of the result, such as TransactionResultCodeTxSuccess.</summary>
    ResultCode = 1 << 2,

    /// <summary>The ledger.</summary>
    LedgerNumber = 1 << 3,

    /// <summary>Whether it is a fee bump.</summary>
    IsFeeBump = 1 << 4,

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    IngestedAt = 1 << 5,

    /// <summary>All of them.</summary>
    All = (1 << 6) - 1,
}
