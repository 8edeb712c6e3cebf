-- Table state_changes: one row per change of an account's state. to_id is the transaction, operation_id 0 for what belongs to no operation (its fee).
-- A plain table with the key, checks and indexes of wallet-backend's hypertable of the same file name. Where TimescaleDB is installed this is refused.
-- Lock: none on other tables. Run again: refused, the table exists.

-- +migrate Up

-- +migrate StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        RAISE EXCEPTION 'TimescaleDB is installed in this database: its history tables are hypertables. Run wallet-backend''s own migrate up, which makes them.';
    END IF;
END
$$;
-- +migrate StatementEnd

CREATE TABLE state_changes (
    to_id BIGINT NOT NULL,
    operation_id BIGINT NOT NULL,
    state_change_id BIGINT NOT NULL,
    state_change_category TEXT NOT NULL CHECK (state_change_category IN (
        'BALANCE', 'ACCOUNT', 'SIGNER', 'SIGNATURE_THRESHOLD', 'DATA_ENTRY', 'HOME_DOMAIN', 'ALLOWANCE', 'FLAGS', 'TRUSTLINE',
        'BALANCE_AUTHORIZATION'
    )),
    state_change_reason TEXT NOT NULL CHECK (state_change_reason IN (
        'CREATE', 'MERGE', 'DEBIT', 'CREDIT', 'MINT', 'BURN', 'ADD', 'REMOVE', 'UPDATE', 'SET', 'CLEAR'
    )),
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ledger_number INTEGER NOT NULL,
    account_id BYTEA NOT NULL,
    token_id BYTEA,
    amount TEXT,
    signer_account_id BYTEA,
    spender_account_id BYTEA,
    creator_account_id BYTEA,
    destination_account_id BYTEA,
    liquidity_pool_id TEXT,
    signer_weight_old SMALLINT,
    signer_weight_new SMALLINT,
    threshold TEXT,
    threshold_old SMALLINT,
    threshold_new SMALLINT,
    trustline_limit_old TEXT,
    trustline_limit_new TEXT,
    flags SMALLINT,
    data_entry_name TEXT,
    key_value JSONB,
    to_muxed_id TEXT,
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (ledger_created_at, to_id, operation_id, state_change_id)
);

CREATE INDEX idx_state_changes_operation_id ON state_changes (operation_id);

CREATE INDEX idx_state_changes_account_category ON state_changes
    (account_id, state_change_category, state_change_reason, ledger_created_at DESC, to_id DESC, operation_id DESC, state_change_id DESC);

-- +migrate Down

DROP TABLE IF EXISTS state_changes;
