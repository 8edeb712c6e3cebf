using System.Numerics;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A row of state_changes.</summary>
/// <remarks>A column that was not chosen, or is NULL, is null. Addresses are strkeys.</remarks>
public sealed record StateChangeRow
{
    /// <summary>When the ledger closed, UTC.</summary>
    public DateTime LedgerCreatedAt { get; internal set; }

    /// <summary>Id of the transaction.</summary>
    public long ToId { get; internal set; }

    /// <summary>Id of the operation; 0 for the transaction's fee.</summary>
    public long OperationId { get; internal set; }

    /// <summary>Number of the change in its operation.</summary>
    public long StateChangeId { get; internal set; }

    /// <summary>What changed, such as BALANCE.</summary>
    public string? Category { get; internal set; }

    /// <summary>How it changed, such as CREDIT.</summary>
    public string? Reason { get; internal set; }

    /// <summary>The ledger.</summary>
    public int? LedgerNumber { get; internal set; }

    /// <summary>The account or contract whose state changed.</summary>
    public string? Account { get; internal set; }

    /// <summary>The asset contract of the token.</summary>
    public string? Token { get; internal set; }

    /// <summary>The amount, in the smallest unit of the token.</summary>
    public BigInteger? Amount { get; internal set; }

    /// <summary>The signer.</summary>
    public string? Signer { get; internal set; }

    /// <summary>The address that may spend.</summary>
    public string? Spender { get; internal set; }

    /// <summary>The address that created the account or contract.</summary>
    public string? Creator { get; internal set; }

    /// <summary>The account into which the account was merged.</summary>
    public string? Destination { get; internal set; }

    /// <summary>The pool, 64 hexadecimal digits.</summary>
    public string? LiquidityPool { get; internal set; }

    /// <summary>Weight of the signer before.</summary>
    public short? SignerWeightBefore { get; internal set; }

    /// <summary>Weight of the signer after.</summary>
    public short? SignerWeightAfter { get; internal set; }

    /// <summary>Which threshold: LOW, MEDIUM or HIGH.</summary>
    public string? Threshold { get; internal set; }

    /// <summary>The threshold before.</summary>
    public short? ThresholdBefore { get; internal set; }

    /// <summary>The threshold after.</summary>
    public short? ThresholdAfter { get; internal set; }

    /// <summary>The limit before, in the smallest unit.</summary>
    public string? TrustlineLimitBefore { get; internal set; }

    /// <summary>The limit after, with seven decimals, as wallet-backend writes it.</summary>
    public string? TrustlineLimitAfter { get; internal set; }

    /// <summary>Flags, a bit mask.</summary>
    public short? Flags { get; internal set; }

    /// <summary>Name of the data entry.</summary>
    public string? DataEntryName { get; internal set; }

    /// <summary>Further values, as JSON.</summary>
    public string? KeyValue { get; internal set; }

    /// <summary>The id in the muxed address of the receiver.</summary>
    public string? ToMuxedId { get; internal set; }

    /// <summary>When the row was stored, UTC, by the server's clock.</summary>
    public DateTime? IngestedAt { get; internal set; }

    /// <summary>Its cursor in the list of all state changes.</summary>
    public StateChangeCursor Cursor => new(LedgerCreatedAt, ToId, OperationId, StateChangeId);

    /// <summary>Its cursor within its transaction.</summary>
    public ChangeCursor InnerCursor => new(ToId, OperationId, StateChangeId);

    /// <summary>The columns of the row.</summary>
    internal static ColumnSet<StateChangeRow> Columns { get; } = new(
        [
            new(0, "ledger_created_at", (row, reader, at) => row.LedgerCreatedAt = FieldText.Time(reader, at)),
            new(0, "to_id", (row, reader, at) => row.ToId = reader.GetInt64(at)),
            new(0, "operation_id", (row, reader, at) => row.OperationId = reader.GetInt64(at)),
            new(0, "state_change_id", (row, reader, at) => row.StateChangeId = reader.GetInt64(at)),
        ],
        [
            new((int)StateChangeColumns.Category, "state_change_category", (row, reader, at) => row.Category = reader.GetString(at)),
            new((int)StateChangeColumns.Reason, "state_change_reason", (row, reader, at) => row.Reason = reader.GetString(at)),
            new((int)StateChangeColumns.LedgerNumber, "ledger_number", (row, reader, at) => row.LedgerNumber = reader.GetInt32(at)),
            new((int)StateChangeColumns.Account, "account_id", (row, reader, at) => row.Account = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.Token, "token_id", (row, reader, at) => row.Token = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.Amount, "amount", (row, reader, at) => row.Amount = FieldText.Integer(reader, at)),
            new((int)StateChangeColumns.Signer, "signer_account_id", (row, reader, at) => row.Signer = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.Spender, "spender_account_id", (row, reader, at) => row.Spender = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.Creator, "creator_account_id", (row, reader, at) => row.Creator = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.Destination, "destination_account_id",
                (row, reader, at) => row.Destination = FieldText.Address(reader, at)),
            new((int)StateChangeColumns.LiquidityPool, "liquidity_pool_id", (row, reader, at) => row.LiquidityPool = reader.GetString(at)),
            new((int)StateChangeColumns.SignerWeightBefore, "signer_weight_old",
                (row, reader, at) => row.SignerWeightBefore = reader.GetInt16(at)),
            new((int)StateChangeColumns.SignerWeightAfter, "signer_weight_new",
                (row, reader, at) => row.SignerWeightAfter = reader.GetInt16(at)),
            new((int)StateChangeColumns.Threshold, "threshold", (row, reader, at) => row.Threshold = reader.GetString(at)),
            new((int)StateChangeColumns.ThresholdBefore, "threshold_old", (row, reader, at) => row.ThresholdBefore = reader.GetInt16(at)),
            new((int)StateChangeColumns.ThresholdAfter, "threshold_new", (row, reader, at) => row.ThresholdAfter = reader.GetInt16(at)),
            new((int)StateChangeColumns.TrustlineLimitBefore, "trustline_limit_old",
                (row, reader, at) => row.TrustlineLimitBefore = reader.GetString(at)),
            new((int)StateChangeColumns.TrustlineLimitAfter, "trustline_limit_new",
                (row, reader, at) => row.TrustlineLimitAfter = reader.GetString(at)),
            new((int)StateChangeColumns.Flags, "flags", (row, reader, at) => row.Flags = reader.GetInt16(at)),
            new((int)StateChangeColumns.DataEntryName, "data_entry_name", (row, reader, at) => row.DataEntryName = reader.GetString(at)),
            new((int)StateChangeColumns.KeyValue, "key_value", (row, reader, at) => row.KeyValue = reader.GetString(at)),
            new((int)StateChangeColumns.ToMuxedId, "to_muxed_id", (row, reader, at) => row.ToMuxedId = reader.GetString(at)),
            new((int)StateChangeColumns.IngestedAt, "ingested_at", (row, reader, at) => row.IngestedAt = FieldText.Time(reader, at)),
        ]);
}
