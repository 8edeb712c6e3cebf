using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// The five history tables (generation G2 of stellar/wallet-backend), with the columns that are sent. <c>ingested_at</c> gets the server's
/// default.
/// </summary>
internal static class HistoryTables
{
    /// <summary>One row per transaction.</summary>
    public static CopyTable Transactions { get; } = new(
        "transactions", "to_id", "hash", "fee_charged", "result_code", "ledger_number", "is_fee_bump", "ledger_created_at");

    /// <summary>One row per transaction and account that takes part in it.</summary>
    public static CopyTable TransactionsAccounts { get; } = new("transactions_accounts", "account_id", "ledger_created_at", "tx_to_id");

    /// <summary>One row per operation.</summary>
    public static CopyTable Operations { get; } = new(
        "operations", "id", "operation_type", "operation_xdr", "result_code", "successful", "ledger_number", "ledger_created_at");

    /// <summary>One row per operation and account that takes part in it.</summary>
    public static CopyTable OperationsAccounts { get; } = new("operations_accounts", "account_id", "ledger_created_at", "operation_id");

    /// <summary>One row per change of an account's state.</summary>
    public static CopyTable StateChanges { get; } = new(
        "state_changes", "ledger_created_at", "to_id", "operation_id", "state_change_id", "state_change_category", "state_change_reason",
        "ledger_number", "account_id", "token_id", "amount", "signer_account_id", "spender_account_id", "creator_account_id",
        "destination_account_id", "liquidity_pool_id", "signer_weight_old", "signer_weight_new", "threshold", "threshold_old",
        "threshold_new", "trustline_limit_old", "trustline_limit_new", "flags",
        "data_entry_name", "key_value", "to_muxed_id");

    /// <summary>All of them, in the order in which upstream writes them.</summary>
    public static IReadOnlyList<CopyTable> All { get; } =
        [Transactions, TransactionsAccounts, Operations, OperationsAccounts, StateChanges];

    /// <summary>Their names, in the same order. Not to be changed.</summary>
    internal static string[] Names { get; } = [.. All.Select(table => table.Name)];

    /// <summary>The PostgreSQL type of a column of one of these tables.</summary>
    /// <param name="column">Name of the column.</param>
    /// <returns>Name of the type, as in the catalog.</returns>
    public static string TypeOf(string column) => column switch
    {
        "ledger_created_at" => "timestamp with time zone",
        "ledger_number" => "integer",
        "is_fee_bump" or "successful" => "boolean",
        "key_value" => "jsonb",
        "hash" or "operation_xdr" or "account_id" or "token_id" or "signer_account_id" or "spender_account_id" or "creator_account_id"
            or "destination_account_id" => "bytea",
        "signer_weight_old" or "signer_weight_new" or "threshold_old" or "threshold_new" or "flags" => "smallint",
        "to_id" or "tx_to_id" or "id" or "operation_id" or "state_change_id" or "fee_charged" => "bigint",
        _ => "text",
    };
}
