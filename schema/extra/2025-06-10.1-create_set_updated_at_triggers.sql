-- Triggers that keep updated_at of keypairs and channel_accounts. They use refresh_updated_at_column from the main files.
-- Lock: SHARE ROW EXCLUSIVE on both tables until COMMIT. Run again: refused, the triggers exist.

-- +migrate Up

CREATE TRIGGER keypairs_set_updated_at
    BEFORE UPDATE ON keypairs
    FOR EACH ROW EXECUTE PROCEDURE refresh_updated_at_column();
CREATE TRIGGER channel_accounts_set_updated_at
    BEFORE UPDATE ON channel_accounts
    FOR EACH ROW EXECUTE PROCEDURE refresh_updated_at_column();

-- +migrate Down

DROP TRIGGER IF EXISTS keypairs_set_updated_at ON keypairs;
DROP TRIGGER IF EXISTS channel_accounts_set_updated_at ON channel_accounts;
