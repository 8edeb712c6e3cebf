namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Columns of operations besides the key.</summary>
[Flags]
public enum OperationColumns
{
    /// <summary>Only the key.</summary>
    None = 0,

    /// <summary>wallet-backend's name of the type, such as PAYMENT.</summary>
    OperationType = 1 << 0,

    /// <summary>The operation as XDR, in Base64.</summary>
    OperationXdr = 1 << 1,

    /// <summary>The result, such as op_success.</summary>
    ResultCode = 1 << 2,

    /// <summary>Whether the operation itself succeeded.</summary>
    Successful = 1 << 3,

    /// <summary>The ledger.</summary>
    LedgerNumber = 1 << 4,

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    IngestedAt = 1 << 5,

    /// <summary>All columns.</summary>
    All = (1 << 6) - 1,
}
