-- Table account_contract_tokens: which holder (G… or C… address) has a balance in which SEP-41 contract.
-- The foreign key is checked at COMMIT.
-- Lock: SHARE ROW EXCLUSIVE on contract_tokens until COMMIT, for the foreign key. Run again: refused, the table exists.

-- +migrate Up

CREATE TABLE account_contract_tokens (
    account_address TEXT NOT NULL,
    contract_id UUID NOT NULL,
    PRIMARY KEY (account_address, contract_id),
    CONSTRAINT fk_contract_token
        FOREIGN KEY (contract_id) REFERENCES contract_tokens(id)
        DEFERRABLE INITIALLY DEFERRED
);

-- +migrate Down

DROP TABLE IF EXISTS account_contract_tokens;
