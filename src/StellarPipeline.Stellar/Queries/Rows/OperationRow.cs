using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A row of operations.</summary>
/// <remarks>A column that was not chosen, or is NULL, is null. Addresses are strkeys.</remarks>
public sealed record OperationRow
{
    /// <summary>
    /// The id (SEP-35): ledger, number of the transaction in the ledger, number of the operation in the transaction, from 1.
    /// </summary>
    public long Id { get; internal set; }

    /// <summary>When the ledger closed, UTC.</summary>
    public DateTime LedgerCreatedAt { get; internal set; }

    /// <summary>wallet-backend's name of the type, such as PAYMENT.</summary>
    public string? OperationType { get; internal set; }

    /// <summary>The operation as XDR, in Base64.</summary>
    public string? OperationXdr { get; internal set; }

    /// <summary>The result, such as op_success.</summary>
    public string? ResultCode { get; internal set; }

    /// <summary>Whether the operation itself succeeded.</summary>
    public bool? Successful { get; internal set; }

    /// <summary>The ledger.</summary>
    public int? LedgerNumber { get; internal set; }

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    public DateTime? IngestedAt { get; internal set; }

    /// <summary>Its cursor in lists.</summary>
    public EventCursor Cursor => new(LedgerCreatedAt, Id);

    /// <summary>Id of its transaction.</summary>
    public long ToId => Toid.TransactionOf(Id);

    /// <summary>The columns of the row.</summary>
    internal static ColumnSet<OperationRow> Columns { get; } = new(
        [
            new(0, "id", (row, reader, at) => row.Id = reader.GetInt64(at)),
            new(0, "ledger_created_at", (row, reader, at) => row.LedgerCreatedAt = FieldText.Time(reader, at)),
        ],
        [
            new((int)OperationColumns.OperationType, "operation_type", (row, reader, at) => row.OperationType = reader.GetString(at)),
            new((int)OperationColumns.OperationXdr, "operation_xdr",
                (row, reader, at) => row.OperationXdr = Convert.ToBase64String(reader.GetFieldValue<byte[]>(at))),
            new((int)OperationColumns.ResultCode, "result_code", (row, reader, at) => row.ResultCode = reader.GetString(at)),
            new((int)OperationColumns.Successful, "successful", (row, reader, at) => row.Successful = reader.GetBoolean(at)),
            new((int)OperationColumns.LedgerNumber, "ledger_number", (row, reader, at) => row.LedgerNumber = reader.GetInt32(at)),
            new((int)OperationColumns.IngestedAt, "ingested_at", (row, reader, at) => row.IngestedAt = FieldText.Time(reader, at)),
        ]);
}
