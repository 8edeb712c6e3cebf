-- Table ingest_store: named values of the ingestion, such as the newest and the oldest ledger that are in the tables.
-- Lock: none that others feel, the table is new. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE ingest_store (
    key varchar(255) NOT NULL,
    value varchar(255) NOT NULL,
    PRIMARY KEY (key)
);

-- +migrate Down

DROP TABLE ingest_store;
