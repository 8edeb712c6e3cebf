-- Row SEP41 in protocols: the contract standard that wallet-backend follows. Its own migrate up writes the same row, outside its bookkeeping, and leaves one that is there.
-- Lock: ROW EXCLUSIVE on protocols. Run again: safe, a row that is there stays as it is.
-- Down does nothing: contract code that was classified refers to the row, which goes with its table.

-- +migrate Up

INSERT INTO protocols (id) VALUES ('SEP41') ON CONFLICT (id) DO NOTHING;

-- +migrate Down
