-- Start of the migrations. Changes nothing: it only marks that a database is managed.
-- Lock: none. Run again: harmless.

-- +migrate Up

-- +migrate Down
