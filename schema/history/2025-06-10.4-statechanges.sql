-- Table state_changes: one row per change of an account's state. to_id is the transaction, operation_id 0 for what belongs to no operation (its fee).
-- With the key, checks and indexes of wallet-backend's table of the same file name: a hypertable where TimescaleDB is installed, else a plain table.
-- Lock: none on other tables. Run again: refused, the table exists.

-- +migrate Up

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
            ('state_changes', 'ledger_created_at DESC, to_id DESC, operation_id DESC, state_change_id DESC', 'account_id', 'bloom(state_change_category),bloom(state_change_reason)', '{to_id,operation_id}')
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

DROP TABLE IF EXISTS state_changes;
