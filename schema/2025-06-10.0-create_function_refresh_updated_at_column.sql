-- Function refresh_updated_at_column: for triggers BEFORE UPDATE, sets the row's updated_at to the time of the transaction.
-- Lock: none that others feel. Run again: safe, the function is replaced by itself.
-- Down is refused while triggers of others use the function.

-- +migrate Up

-- +migrate StatementBegin
CREATE OR REPLACE FUNCTION refresh_updated_at_column()
RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = NOW();
    RETURN NEW;
END;
$$ language 'plpgsql';
-- +migrate StatementEnd

-- +migrate Down

DROP FUNCTION refresh_updated_at_column;
