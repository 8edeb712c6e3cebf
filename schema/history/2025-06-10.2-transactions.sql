-- Tables transactions and transactions_accounts: one row per transaction; one per transaction and account that takes part in it.
-- With the keys and indexes of wallet-backend's tables of the same file name: hypertables where TimescaleDB is installed, else plain tables.
-- The keys hold ledger_created_at, as a hypertable's must; ids alone are unique all the same.
-- Lock: none on other tables. Run again: refused, the tables exist.

-- +migrate Up

CREATE TABLE transactions (
    to_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    fee_charged BIGINT NOT NULL,
    result_code TEXT NOT NULL,
    ledger_number INTEGER NOT NULL,
    is_fee_bump BOOLEAN NOT NULL DEFAULT false,
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (to_id, ledger_created_at)
);

CREATE INDEX idx_transactions_hash ON transactions (hash);

CREATE TABLE transactions_accounts (
    tx_to_id BIGINT NOT NULL,
    account_id BYTEA NOT NULL,
    ledger_created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, ledger_created_at, tx_to_id)
);

CREATE INDEX idx_transactions_accounts_tx_to_id ON transactions_accounts (tx_to_id);

-- Where TimescaleDB is installed they become hypertables with wallet-backend's options: chunks of a day, columnstore with this order, these segments
-- and these sparse indexes, chunk skipping. Functions are called in the extension's own schema, options used only from the version that has them.
-- +migrate StatementBegin
DO $$
DECLARE
    extension TEXT;
    version INTEGER[];
    hyper RECORD;
BEGIN
    SELECT quote_ident(n.nspname), string_to_array(split_part(e.extversion, '-', 1), '.')::INTEGER[] INTO extension, version
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb';
    IF extension IS NULL THEN
        RETURN;
    END IF;
    IF version < ARRAY[2, 18] THEN
        RAISE EXCEPTION 'TimescaleDB % is installed in this database; its history tables need 2.18 or newer. Update the extension.', array_to_string(version, '.');
    END IF;
    -- Under replica TimescaleDB makes plain tables of hypertables without a word; chunk skipping must be allowed where it is asked for.
    PERFORM set_config('session_replication_role', 'origin', true) WHERE current_setting('session_replication_role') <> 'origin';
    PERFORM set_config('timescaledb.enable_chunk_skipping', 'on', true);
    FOR hyper IN SELECT * FROM (VALUES
            ('transactions', 'ledger_created_at DESC, to_id DESC', '', 'bloom(hash)', '{to_id,ledger_number}'),
            ('transactions_accounts', 'ledger_created_at DESC, tx_to_id DESC', 'account_id', '', '{tx_to_id}')
        ) AS h(name, orderby, segmentby, sparse, skipped)
    LOOP
        EXECUTE format('SELECT %s.create_hypertable(%L, %s.by_range(''ledger_created_at'', INTERVAL ''1 day''), create_default_indexes => false)', extension, hyper.name, extension);
        EXECUTE format('ALTER TABLE %I SET (timescaledb.enable_columnstore, timescaledb.orderby = %L%s%s)', hyper.name, hyper.orderby,
            CASE WHEN hyper.segmentby <> '' THEN format(', timescaledb.segmentby = %L', hyper.segmentby) END,
            CASE WHEN hyper.sparse <> '' AND version >= ARRAY[2, 22] THEN format(', timescaledb.sparse_index = %L', hyper.sparse) END);
        -- A day from now, as wallet-backend's own way of making them does: the first run would else come at once, and compress what is being filled.
        EXECUTE format('CALL %s.add_columnstore_policy(%L, after => INTERVAL ''1 day'', schedule_interval => INTERVAL ''1 day'', initial_start => now() + INTERVAL ''1 day'')', extension, hyper.name);
        FOR i IN 1 .. cardinality(hyper.skipped::TEXT[]) LOOP
            EXECUTE format('SELECT %s.enable_chunk_skipping(%L, %L)', extension, hyper.name, (hyper.skipped::TEXT[])[i]);
        END LOOP;
    END LOOP;
END
$$;
-- +migrate StatementEnd

-- +migrate Down

DROP TABLE IF EXISTS transactions_accounts;

DROP TABLE IF EXISTS transactions;
