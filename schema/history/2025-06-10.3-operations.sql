-- Tables operations and operations_accounts: one row per operation; one per operation and account that takes part in it.
-- Plain tables with the keys, checks and indexes of wallet-backend's hypertables of the same file name. Where TimescaleDB is installed this is refused.
-- Lock: none on other tables. Run again: refused, the tables exist.

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

CREATE TABLE operations (
    id BIGINT NOT NULL,
    operation_type TEXT NOT NULL CHECK (operation_type IN (
        'CREATE_ACCOUNT', 'PAYMENT', 'PATH_PAYMENT_STRICT_RECEIVE', 'MANAGE_SELL_OFFER', 'CREATE_PASSIVE_SELL_OFFER', 'SET_OPTIONS',
        'CHANGE_TRUST', 'ALLOW_TRUST', 'ACCOUNT_MERGE', 'INFLATION', 'MANAGE_DATA', 'BUMP_SEQUENCE', 'MANAGE_BUY_OFFER',
        'PATH_PAYMENT_STRICT_SEND', 'CREATE_CLAIMABLE_BALANCE', 'CLAIM_CLAIMABLE_BALANCE', 'BEGIN_SPONSORING_FUTURE_RESERVES',
        'END_SPONSORING_FUTURE_RESERVES', 'REVOKE_SPONSORSHIP', 'CLAWBACK', 'CLAWBACK_CLAIMABLE_BALANCE', 'SET_TRUST_LINE_FLAGS',
        'LIQUIDITY_POOL_DEPOSIT', 'LIQUIDITY_POOL_WITHDRAW', 'INVOKE_HOST_FUNCTION', 'EXTEND_FOOTPRINT_TTL', 'RESTORE_FOOTPRINT'
    )),
    operation_xdr BYTEA,
    result_code TEXT NOT NULL,
    successful BOOLEAN NOT NULL,
    ledger_number INTEGER NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (id, ledger_created_at)
);

CREATE TABLE operations_accounts (
    operation_id BIGINT NOT NULL,
    account_id BYTEA NOT NULL,
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, ledger_created_at, operation_id)
);

CREATE INDEX idx_operations_accounts_operation_id ON operations_accounts (operation_id);

-- +migrate Down

DROP TABLE IF EXISTS operations_accounts;

DROP TABLE IF EXISTS operations;
