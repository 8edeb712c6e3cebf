using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// wallet-backend's history tables with all their columns and keys, as plain tables or hypertables, and rows such as its ingestion leaves.
/// </summary>
internal static class WalletHistory
{
    private const string Tables =
        """
        CREATE TABLE transactions (to_id bigint NOT NULL, hash bytea NOT NULL, fee_charged bigint NOT NULL, result_code text NOT NULL,
          ledger_number integer NOT NULL,
            is_fee_bump boolean NOT NULL DEFAULT false, ingested_at timestamptz NOT NULL DEFAULT now(), ledger_created_at timestamptz NOT
              NULL, PRIMARY KEY (to_id, ledger_created_at));
        CREATE TABLE transactions_accounts (tx_to_id bigint NOT NULL, account_id bytea NOT NULL, ledger_created_at timestamptz NOT NULL,
          PRIMARY KEY (account_id, ledger_created_at, tx_to_id));
        CREATE TABLE operations (id bigint NOT NULL, operation_type text NOT NULL, operation_xdr bytea, result_code text NOT NULL,
          successful boolean NOT NULL, ledger_number integer NOT NULL,
            ingested_at timestamptz NOT NULL DEFAULT now(), ledger_created_at timestamptz NOT NULL, PRIMARY KEY (id, ledger_created_at));
        CREATE TABLE operations_accounts (operation_id bigint NOT NULL, account_id bytea NOT NULL, ledger_created_at timestamptz NOT NULL,
          PRIMARY KEY (account_id, ledger_created_at, operation_id));
        CREATE TABLE state_changes (to_id bigint NOT NULL, operation_id bigint NOT NULL, state_change_id bigint NOT NULL,
          state_change_category text NOT NULL, state_change_reason text NOT NULL,
            ingested_at timestamptz NOT NULL DEFAULT now(), ledger_number integer NOT NULL, account_id bytea NOT NULL, token_id bytea,
              amount text, signer_account_id bytea, spender_account_id bytea,
            creator_account_id bytea, destination_account_id bytea, liquidity_pool_id text, signer_weight_old smallint, signer_weight_new
              smallint, threshold text, threshold_old smallint,
            threshold_new smallint, trustline_limit_old text, trustline_limit_new text, flags smallint, data_entry_name text, key_value
              jsonb, to_muxed_id text, ledger_created_at timestamptz NOT NULL,
            PRIMARY KEY (ledger_created_at, to_id, operation_id, state_change_id));
        """;

    // Chunks of one minute: the rows of ledgers come a second apart here, so that a range of them lies in several chunks, of which the
    // first is compressed.
    private static readonly string Hypertables = string.Concat(
        new[] { "transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes" }.Select(table =>
            $"SELECT create_hypertable('{table}', 'ledger_created_at', chunk_time_interval => interval '1 minute'); ALTER TABLE {table} "
                + $"SET (timescaledb.compress);\n"));

    /// <summary>Makes the extension, or skips the test where the server has none.</summary>
    public static Task RequireHypertablesAsync(TestDatabase database) => database.RequireTimescaleAsync();

    /// <summary>Makes the tables and writes two transactions with one operation each into every ledger of a range.</summary>
    public static Task WriteAsync(TestDatabase database, long first, long last, bool isHypertable = false) => database.ExecuteAsync(
        $"""
        {Tables}
        {(isHypertable ? Hypertables : "")}
        INSERT INTO transactions (hash, to_id, fee_charged, result_code, ledger_number, ledger_created_at)
            SELECT decode(md5(l::text || t), 'hex'), (l << 32) + (t << 12), 100, 'TransactionResultCodeTxSuccess', l, to_timestamp(l) FROM
              generate_series({first}::bigint, {last}) l, generate_series(1::bigint, 2) t;
        INSERT INTO transactions_accounts SELECT to_id, '\x30', ledger_created_at FROM transactions;
        INSERT INTO operations (id, operation_type, result_code, successful, ledger_number, ledger_created_at) SELECT to_id + 1, 'PAYMENT',
          'op_success', true, ledger_number, ledger_created_at FROM transactions;
        INSERT INTO operations_accounts SELECT id, '\x30', ledger_created_at FROM operations;
        INSERT INTO state_changes (to_id, operation_id, state_change_id, state_change_category, state_change_reason, ledger_number,
          account_id, ledger_created_at)
            SELECT id - 1, id, 1, 'BALANCE', 'CREDIT', ledger_number, '\x30', ledger_created_at FROM operations;
        """);

    /// <summary>Rows of every history table above and at or below a ledger.</summary>
    public static Task<List<string>> CountsAsync(TestDatabase database, long ledger) => database.RowsAsync(
        $"""
        SELECT 'transactions', count(*) FILTER (WHERE ledger_number > {ledger}), count(*) FILTER (WHERE ledger_number <= {ledger}) FROM
          transactions
        UNION ALL SELECT 'transactions_accounts', count(*) FILTER (WHERE tx_to_id >> 32 > {ledger}), count(*) FILTER (WHERE tx_to_id >> 32
          <= {ledger}) FROM transactions_accounts
        UNION ALL SELECT 'operations', count(*) FILTER (WHERE ledger_number > {ledger}), count(*) FILTER (WHERE ledger_number <= {ledger})
          FROM operations
        UNION ALL SELECT 'operations_accounts', count(*) FILTER (WHERE operation_id >> 32 > {ledger}), count(*) FILTER (WHERE operation_id
          >> 32 <= {ledger}) FROM operations_accounts
        UNION ALL SELECT 'state_changes', count(*) FILTER (WHERE ledger_number > {ledger}), count(*) FILTER (WHERE ledger_number <=
          {ledger}) FROM state_changes
        """);
}
