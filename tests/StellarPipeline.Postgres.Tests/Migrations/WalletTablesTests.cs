using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>
/// The tables against literal expectations, written from the description of wallet-backend's schema and not from the files under test.
/// </summary>
public sealed class WalletTablesTests
{
    private const string Balances =
        "autovacuum_vacuum_scale_factor=0.02,autovacuum_vacuum_threshold=50,autovacuum_analyze_scale_factor=0.01,"
            + "autovacuum_analyze_threshold=50,autovacuum_vacuum_cost_delay=0";

    // Table, storage parameters, then each column: name, type, "!" for NOT NULL, "=" and its default.
    private static readonly string[] Tables =
    [
        "account_contract_tokens () account_address text!, contract_id uuid!",
        "channel_accounts () public_key character varying(64)!, encrypted_private_key character varying(256)!, created_at timestamp with "
            + "time zone!=now(), updated_at timestamp with time zone!=now(), "
            + "locked_at timestamp without time zone, locked_until timestamp without time zone, locked_tx_hash character varying(64)",
        "contract_tokens () id uuid!, contract_id text!, type text!, code text, issuer text, name text, symbol text, decimals integer!, "
            + "created_at timestamp with time zone!=now(), "
            + "updated_at timestamp with time zone!=now()",
        "ingest_store () key character varying(255)!, value character varying(255)!",
        "keypairs () public_key character varying(64)!, encrypted_private_key bytea!, created_at timestamp with time zone!=now(), "
            + "updated_at timestamp with time zone!=now()",
        $"liquidity_pool_balances (fillfactor=90,{Balances}) account_id bytea!, pool_id text!, shares bigint!=0, last_modified_ledger "
            + $"bigint!=0",
        $"liquidity_pools (fillfactor=80,{Balances}) pool_id text!, asset_a text!, amount_a bigint!=0, asset_b text!, amount_b bigint!=0, "
            + $"last_modified_ledger bigint!=0",
        $"native_balances (fillfactor=90,{Balances}) account_id bytea!, balance bigint!=0, minimum_balance bigint!=0, buying_liabilities "
            + $"bigint!=0, selling_liabilities bigint!=0, "
            + "num_subentries integer!=0, last_modified_ledger bigint!=0",
        "protocol_contracts () contract_id bytea!, wasm_hash bytea!, name text, created_at timestamp with time zone!=now()",
        "protocol_wasms () wasm_hash bytea!, protocol_id text, created_at timestamp with time zone!=now()",
        "protocols () id text!, classification_status text!='not_started'::text, history_migration_status text!='not_started'::text, "
            + "current_state_migration_status text!='not_started'::text, "
            + "created_at timestamp with time zone!=now(), updated_at timestamp with time zone!=now()",
        $"sac_balances (fillfactor=90,{Balances}) account_id bytea!, contract_id uuid!, balance numeric!=0, is_authorized boolean!=true, "
            + $"is_clawback_enabled boolean!=false, "
            + "last_modified_ledger integer!=0",
        $"sep41_allowances (fillfactor=90,{Balances}) owner_id bytea!, spender_id bytea!, contract_id uuid!, amount numeric!=0, "
            + $"expiration_ledger integer!=0, last_modified_ledger integer!=0",
        $"sep41_balances (fillfactor=90,{Balances}) account_id bytea!, contract_id uuid!, balance numeric!=0, last_modified_ledger "
            + $"integer!=0",
        "trustline_assets () id uuid!, code text!, issuer text!, created_at timestamp with time zone!=now()",
        $"trustline_balances (fillfactor=90,{Balances}) account_id bytea!, asset_id uuid!, balance bigint!=0, trust_limit bigint!=0, "
            + $"buying_liabilities bigint!=0, selling_liabilities bigint!=0, "
            + "flags integer!=0, last_modified_ledger bigint!=0",
    ];

    // Table, name, definition. PostgreSQL writes DEFERRABLE INITIALLY DEFERRED into the definition, and nothing where a constraint is
    // immediate.
    private static readonly string[] Constraints =
    [
        "account_contract_tokens account_contract_tokens_pkey PRIMARY KEY (account_address, contract_id)",
        "account_contract_tokens fk_contract_token FOREIGN KEY (contract_id) REFERENCES contract_tokens(id) DEFERRABLE INITIALLY DEFERRED",
        "channel_accounts channel_accounts_pkey PRIMARY KEY (public_key)",
        "contract_tokens contract_tokens_contract_id_key UNIQUE (contract_id)",
        "contract_tokens contract_tokens_pkey PRIMARY KEY (id)",
        "ingest_store ingest_store_pkey PRIMARY KEY (key)",
        "keypairs keypairs_pkey PRIMARY KEY (public_key)",
        "liquidity_pool_balances liquidity_pool_balances_pkey PRIMARY KEY (account_id, pool_id)",
        "liquidity_pools liquidity_pools_pkey PRIMARY KEY (pool_id)",
        "native_balances native_balances_pkey PRIMARY KEY (account_id)",
        "protocol_contracts protocol_contracts_pkey PRIMARY KEY (contract_id)",
        "protocol_contracts protocol_contracts_wasm_hash_fkey FOREIGN KEY (wasm_hash) REFERENCES protocol_wasms(wasm_hash)",
        "protocol_wasms protocol_wasms_pkey PRIMARY KEY (wasm_hash)",
        "protocol_wasms protocol_wasms_protocol_id_fkey FOREIGN KEY (protocol_id) REFERENCES protocols(id)",
        "protocols protocols_classification_status_check CHECK ((classification_status = ANY (ARRAY['not_started'::text, "
            + "'in_progress'::text, 'success'::text, 'failed'::text])))",
        "protocols protocols_current_state_migration_status_check CHECK ((current_state_migration_status = ANY "
            + "(ARRAY['not_started'::text, 'in_progress'::text, 'success'::text, 'failed'::text])))",
        "protocols protocols_history_migration_status_check CHECK ((history_migration_status = ANY (ARRAY['not_started'::text, "
            + "'in_progress'::text, 'success'::text, 'failed'::text])))",
        "protocols protocols_pkey PRIMARY KEY (id)",
        "sac_balances fk_contract_token FOREIGN KEY (contract_id) REFERENCES contract_tokens(id) DEFERRABLE INITIALLY DEFERRED",
        "sac_balances sac_balances_pkey PRIMARY KEY (account_id, contract_id)",
        "sep41_allowances fk_sep41_allowance_contract_token FOREIGN KEY (contract_id) REFERENCES contract_tokens(id) DEFERRABLE INITIALLY "
            + "DEFERRED",
        "sep41_allowances sep41_allowances_pkey PRIMARY KEY (owner_id, spender_id, contract_id)",
        "sep41_balances fk_sep41_contract_token FOREIGN KEY (contract_id) REFERENCES contract_tokens(id) DEFERRABLE INITIALLY DEFERRED",
        "sep41_balances sep41_balances_pkey PRIMARY KEY (account_id, contract_id)",
        "trustline_assets trustline_assets_code_issuer_key UNIQUE (code, issuer)",
        "trustline_assets trustline_assets_pkey PRIMARY KEY (id)",
        "trustline_balances fk_trustline_asset FOREIGN KEY (asset_id) REFERENCES trustline_assets(id) DEFERRABLE INITIALLY DEFERRED",
        "trustline_balances trustline_balances_pkey PRIMARY KEY (account_id, asset_id)",
    ];

    private static readonly string[] SecondaryIndexes =
    [
        "CREATE INDEX idx_locked_tx_hash ON public.channel_accounts USING btree (locked_tx_hash)",
        "CREATE INDEX idx_protocol_contracts_wasm_hash ON public.protocol_contracts USING btree (wasm_hash)",
        "CREATE INDEX idx_protocol_wasms_protocol_id ON public.protocol_wasms USING btree (protocol_id)",
        "CREATE INDEX idx_sep41_allowances_expiration_ledger ON public.sep41_allowances USING btree (expiration_ledger)",
    ];

    private static readonly string[] Triggers =
    [
        "CREATE TRIGGER channel_accounts_set_updated_at BEFORE UPDATE ON public.channel_accounts FOR EACH ROW EXECUTE FUNCTION "
            + "pipeline_set_updated_at()",
        "CREATE TRIGGER contract_tokens_set_updated_at BEFORE UPDATE ON public.contract_tokens FOR EACH ROW EXECUTE FUNCTION "
            + "refresh_updated_at_column()",
        "CREATE TRIGGER keypairs_set_updated_at BEFORE UPDATE ON public.keypairs FOR EACH ROW EXECUTE FUNCTION pipeline_set_updated_at()",
    ];

    [SkippableFact]
    public async Task Up_AllFiles_MakesExactlyTheExpectedTables()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, SchemaFolder.Both, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        Assert.Equal(Tables, await database.RowsAsync("""
            SELECT c.relname || ' (' || coalesce(array_to_string(c.reloptions, ','), '') || ') ' || string_agg(
                       a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN '!' ELSE '' END ||
                         coalesce('=' || pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attnum)
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON
                d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '%\_migrations' GROUP BY c.oid,
               c.relname, c.reloptions ORDER BY c.relname
            """));
        Assert.Equal(Constraints, await database.RowsAsync("""
            SELECT t.relname || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid =
              c.conrelid
             WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.convalidated AND t.relname NOT
               LIKE '%\_migrations'
             ORDER BY t.relname COLLATE "C", c.conname COLLATE "C"
            """));
        Assert.Equal(SecondaryIndexes, await database.RowsAsync("""
            SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
               ORDER BY c.relname COLLATE "C"
            """));
        Assert.Equal(
            Triggers, await database.RowsAsync("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"));
    }

    [SkippableFact]
    public async Task Update_ContractTokens_RefreshesUpdatedAt()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, SchemaFolder.Both, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await database.ExecuteAsync("""
            INSERT INTO contract_tokens (id, contract_id, type, decimals, created_at, updated_at) VALUES (gen_random_uuid(), 'C', 'SAC', 7,
              '2020-01-01', '2020-01-01');
            UPDATE contract_tokens SET name = 'token';
            """);
        Assert.True(await database.QueryAsync<bool>("SELECT updated_at > created_at + interval '1 year' FROM contract_tokens"));
    }

    [Fact]
    public void Files_Header_TellsLockAndWhatRunningTwiceDoes()
    {
        foreach (string path in Directory.EnumerateFiles(SchemaFolder.Find(), "*.sql", SearchOption.AllDirectories))
        {
            string header = string.Concat(File.ReadLines(path).TakeWhile(line => line.StartsWith("-- ", StringComparison.Ordinal)));
            Assert.True(header.Contains("Lock: ", StringComparison.Ordinal) && header.Contains("Run again: ", StringComparison.Ordinal),
                $"{path} begins with a comment that has \"Lock:\" and \"Run again:\".");
        }
    }

    [Fact]
    public void Readme_Tables_NameEveryFile()
    {
        string readme = File.ReadAllText(Path.Combine(SchemaFolder.Find(), "README.md"));
        Assert.All(SchemaFolder.Names(SchemaFolder.Main), name => Assert.Contains($"| `{name}` |", readme, StringComparison.Ordinal));
        Assert.All(
            SchemaFolder.Names(SchemaFolder.Extra), name => Assert.Contains($"| `extra/{name}` |", readme, StringComparison.Ordinal));
    }
}
