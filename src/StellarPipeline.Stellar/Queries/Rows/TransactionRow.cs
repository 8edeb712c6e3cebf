using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A row of transactions.</summary>
/// <remarks>A column that was not chosen, or is NULL, is null. Addresses are strkeys.</remarks>
public sealed record TransactionRow
{
    /// <summary>The id (SEP-35): ledger, number of the transaction in the ledger, and 0.</summary>
    public long ToId { get; internal set; }

    /// <summary>When the ledger closed, UTC.</summary>
    public DateTime LedgerCreatedAt { get; internal set; }

    /// <summary>Hash of the transaction, 64 hexadecimal digits; for a fee bump, the hash of the fee bump.</summary>
    public string? Hash { get; internal set; }

    /// <summary>The fee, in stroops.</summary>
    public long? FeeCharged { get; internal set; }

    /// <summary>wallet-backend's name of the result, such as TransactionResultCodeTxSuccess.</summary>
    public string? ResultCode { get; internal set; }

    /// <summary>The ledger.</summary>
    public int? LedgerNumber { get; internal set; }

    /// <summary>Whether it is a fee bump.</summary>
    public bool? IsFeeBump { get; internal set; }

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    public DateTime? IngestedAt { get; internal set; }

    /// <summary>Its cursor in lists.</summary>
    public EventCursor Cursor => new(LedgerCreatedAt, ToId);

    /// <summary>The columns of the row.</summary>
    internal static ColumnSet<TransactionRow> Columns { get; } = new(
        [
            new(0, "to_id", (row, reader, at) => row.ToId = reader.GetInt64(at)),
            new(0, "ledger_created_at", (row, reader, at) => row.LedgerCreatedAt = FieldText.Time(reader, at)),
        ],
        [
            new((int)TransactionColumns.Hash, "hash", (row, reader, at) => row.Hash = FieldText.Hex(reader, at)),
            new((int)TransactionColumns.FeeCharged, "fee_charged", (row, reader, at) => row.FeeCharged = reader.GetInt64(at)),
            new((int)TransactionColumns.ResultCode, "result_code", (row, reader, at) => row.ResultCode = reader.GetString(at)),
            new((int)TransactionColumns.LedgerNumber, "ledger_number", (row, reader, at) => row.LedgerNumber = reader.GetInt32(at)),
            new((int)TransactionColumns.IsFeeBump, "is_fee_bump", (row, reader, at) => row.IsFeeBump = reader.GetBoolean(at)),
            new((int)TransactionColumns.IngestedAt, "ingested_at", (row, reader, at) => row.IngestedAt = FieldText.Time(reader, at)),
        ]);
}
