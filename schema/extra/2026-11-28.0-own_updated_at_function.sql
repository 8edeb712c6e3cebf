-- Function pipeline_set_updated_at, and the triggers of keypairs and channel_accounts on it: wallet-backend's tool can then drop its own function
-- refresh_updated_at_column, which nothing of the extra files uses any more.
-- Lock: SHARE ROW EXCLUSIVE on both tables until COMMIT, short. Run again: safe, each thing is replaced by itself.
-- Down puts the triggers back on wallet-backend's function where that is still there.

-- +migrate Up

-- +migrate StatementBegin
CREATE OR REPLACE FUNCTION pipeline_set_updated_at()
RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = pg_catalog.now();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +migrate StatementEnd
DROP TRIGGER IF EXISTS keypairs_set_updated_at ON keypairs;
DROP TRIGGER IF EXISTS channel_accounts_set_updated_at ON channel_accounts;
CREATE TRIGGER keypairs_set_updated_at
    BEFORE UPDATE ON keypairs
    FOR EACH ROW EXECUTE PROCEDURE pipeline_set_updated_at();
CREATE TRIGGER channel_accounts_set_updated_at
    BEFORE UPDATE ON channel_accounts
    FOR EACH ROW EXECUTE PROCEDURE pipeline_set_updated_at();

-- +migrate Down

DROP TRIGGER IF EXISTS keypairs_set_updated_at ON keypairs;
DROP TRIGGER IF EXISTS channel_accounts_set_updated_at ON channel_accounts;
DROP FUNCTION IF EXISTS pipeline_set_updated_at;
-- +migrate StatementBegin
DO $$
BEGIN
    IF to_regproc('refresh_updated_at_column') IS NOT NULL THEN
        CREATE TRIGGER keypairs_set_updated_at
            BEFORE UPDATE ON keypairs
            FOR EACH ROW EXECUTE PROCEDURE refresh_updated_at_column();
        CREATE TRIGGER channel_accounts_set_updated_at
            BEFORE UPDATE ON channel_accounts
            FOR EACH ROW EXECUTE PROCEDURE refresh_updated_at_column();
    END IF;
END;
$$;
-- +migrate StatementEnd
