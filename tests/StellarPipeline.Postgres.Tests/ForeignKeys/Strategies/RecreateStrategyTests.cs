using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tests.ForeignKeys.Audit;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

public sealed class RecreateStrategyTests
{
    /// <summary>Everything that must survive: keys and unique constraints, indexes, their flags, comments, storage parameters.</summary>
    private const string ShapeSql = """
        SELECT conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated || condeferrable ||
          condeferred || conislocal || coninhcount || coalesce(' ' || obj_description(oid, 'pg_constraint'), '')
        FROM pg_constraint WHERE contype IN ('f', 'p', 'u', 'x')
        UNION ALL
        SELECT pg_get_indexdef(indexrelid) || ' ' || indisunique || indisprimary || indisclustered || indisreplident || indisvalid ||
          indimmediate || reltablespace || coalesce(array_to_string(reloptions, ','), '')
          || coalesce(' ' || obj_description(indexrelid, 'pg_class'), '')
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid >= 16384
        ORDER BY 1
        """;

    private const string Ddl = """
        CREATE TABLE p (id int, code text, CONSTRAINT p_key PRIMARY KEY (id) WITH (fillfactor = 71));
        CREATE UNIQUE INDEX p_code ON p (lower(code) DESC NULLS LAST) WHERE code IS NOT NULL;
        COMMENT ON CONSTRAINT p_key ON p IS 'the key'; COMMENT ON INDEX p_code IS 'by \ code'; ALTER TABLE p CLUSTER ON p_key;
        CREATE TABLE c (id int PRIMARY KEY, p_id int CONSTRAINT "C p" REFERENCES p ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, up int
          CONSTRAINT c_up REFERENCES c, slot int UNIQUE DEFERRABLE);
        COMMENT ON CONSTRAINT "C p" ON c IS 'refers'; CREATE INDEX c_p ON c USING hash (p_id); ALTER TABLE c REPLICA IDENTITY USING INDEX
          c_pkey;
        CREATE TABLE part (kind int, p_id int CONSTRAINT part_p REFERENCES p) PARTITION BY LIST (kind);
        CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
        ALTER TABLE part1 RENAME CONSTRAINT part_p TO renamed; COMMENT ON CONSTRAINT renamed ON part1 IS 'clone';
        """;

    private static readonly string[] Tables = ["c", "p", "part"];

    private static readonly string[] Batches = ["INSERT INTO c VALUES (2, 10, 1, 5), (1, 11, NULL, 6)", "INSERT INTO part VALUES (1, 10)",
        "INSERT INTO p VALUES (10, 'x'), (11, NULL)"];

    [SkippableTheory]
    [InlineData(IndexRebuild.Never, 0)]
    [InlineData(IndexRebuild.Always, 5)]
    [InlineData(IndexRebuild.Auto, 5)]
    public async Task Load_Committed_LeavesEverythingAsItWas(IndexRebuild rebuild, int indexes)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        List<string> before = await connection.RowsAsync(ShapeSql);
        var audit = new RecordingAudit();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);

        await connection.LoadAsync(new RecreateStrategy(catalog, audit, new ForeignKeyOptions { IndexRebuild = rebuild }), Batches);

        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
        Assert.Equal(["C p", "c_up", "part_p"], audit.Named(AuditEvents.Dropped).Select(dropped => dropped["constraint"]));
        Assert.Equal(["C p", "c_up", "part_p"], audit.Named(AuditEvents.Restored).Select(dropped => dropped["constraint"]));
        Assert.Equal(indexes, audit.Named(AuditEvents.IndexDropped).Count());
        Assert.Equal(indexes, audit.Named(AuditEvents.IndexRestored).Count());
        Assert.Equal(2, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableTheory]
    [InlineData("RAISE EXCEPTION 'injected'")]
    [InlineData("PERFORM pg_terminate_backend(pg_backend_pid())")]
    public async Task Load_FailsAtAnyStep_LeavesEverythingAsItWas(string failure)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        List<string> before = await database.RowsAsync(ShapeSql);
        ForeignKeyCatalog catalog;
        await using (NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync())
            catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);

        // Every statement that changes the schema asks the sequence, which no rollback turns back, whether it is the one to fail.
        await database.ExecuteAsync($"""
            CREATE SEQUENCE step; CREATE TABLE fault (step int); INSERT INTO fault VALUES (0);
            CREATE FUNCTION fail() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('step') = (SELECT f.step FROM fault f) THEN
              {failure}; END IF; END $$;
            CREATE EVENT TRIGGER fault ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'CREATE INDEX', 'DROP INDEX', 'COMMENT') EXECUTE
              FUNCTION fail();
            """);
        int steps = 0;
        while (true)
        {
            steps++;
            await database.ExecuteAsync($"ALTER SEQUENCE step RESTART; UPDATE fault SET step = {steps}");
            await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
            Exception? error =
                await Record.ExceptionAsync(
                    () => connection.LoadAsync(
                        new RecreateStrategy(catalog, null, new ForeignKeyOptions { IndexRebuild = IndexRebuild.Always }), Batches));
            if (error is null)
                break;
            Assert.True(error is ForeignKeyException { Kind: FailureKind.Database }, $"step {steps}: {error}");
            Assert.Equal(before, await database.RowsAsync(ShapeSql));
            Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM c"));
        }

        Assert.True(steps > 20, $"only {steps} steps could fail");
        Assert.Equal(before, await database.RowsAsync(ShapeSql));
        Assert.Equal(2, await database.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Load_Orphan_IsCountedAndNamedAndEverythingIsAsItWas()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        List<string> before = await connection.RowsAsync(ShapeSql);
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);

        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(
            () => connection.LoadAsync(new RecreateStrategy(catalog), "INSERT INTO part VALUES (1, 3), (1, 4), (1, NULL)"));

        Assert.Equal(("part_p", 2L, "(3) (4)"), (error.Key.Name, error.Rows, string.Join(' ', error.SampleKeys)));
        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
    }

    [SkippableFact]
    public async Task Load_OrphanUnderANotValidKey_IsFoundByOurProof()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int); INSERT INTO c VALUES (99); ALTER TABLE c ADD CONSTRAINT " +
                "k FOREIGN KEY (p) REFERENCES p NOT VALID");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);

        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(
            () => connection.LoadAsync(new RecreateStrategy(catalog), "INSERT INTO c VALUES (7)"));

        Assert.Equal("(7)", Assert.Single(error.SampleKeys));
    }

    [SkippableFact]
    public async Task Load_Duplicate_IsReportedWhenTheIndexIsBuiltAgain()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        List<string> before = await connection.RowsAsync(ShapeSql);
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);
        var strategy = new RecreateStrategy(catalog, null, new ForeignKeyOptions { IndexRebuild = IndexRebuild.Always });

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(strategy, "INSERT INTO p VALUES (1, 'a'), (1, 'b')"));

        Assert.Contains("Index p_key of public.p could not be built again after the load: 23505", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
    }

    [SkippableFact]
    public async Task Load_IndexesThatMustStay_AreKeptWithTheReason()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE watched (id int PRIMARY KEY); CREATE TABLE watcher (id int REFERENCES watched);
            CREATE TABLE viewed (id int PRIMARY KEY, x text); CREATE VIEW v AS SELECT id, x FROM viewed GROUP BY id;
            CREATE TABLE sorted (id int PRIMARY KEY, x int); CREATE INDEX sorted_x ON sorted (x);
            CREATE TABLE filled (id int PRIMARY KEY); INSERT INTO filled VALUES (1);
            CREATE TABLE upserted (id int PRIMARY KEY); CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY LIST (id);
            CREATE TABLE special (id int, span int4range, EXCLUDE USING gist (span WITH &&)); CREATE INDEX special_sum ON special ((id +
              1));
            ALTER INDEX special_sum ALTER COLUMN 1 SET STATISTICS 100;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog =
            await ForeignKeyCatalog.ReadAsync(connection, ["watched", "viewed", "sorted", "filled", "upserted", "parted", "special"]);
        var audit = new RecordingAudit();
        var options = new ForeignKeyOptions
        {
            IndexRebuild = IndexRebuild.Auto,
            SortedTables = new HashSet<QualifiedName> { new("public", "sorted") },
            TablesThatNeedIndexes = new HashSet<QualifiedName> { new("public", "upserted") },
        };
        List<string> before = await connection.RowsAsync(ShapeSql);

        await connection.LoadAsync(new RecreateStrategy(catalog, audit, options), "INSERT INTO sorted VALUES (1, 1)");

        Assert.Equal(
            [
                "public.filled -: the table is not empty, so all of its rows would be sorted again",
                "public.parted -: indexes of partitioned tables and partitions hang together",
                "public.sorted sorted_pkey: the rows come in its order",
                "public.special special_span_excl: it belongs to an exclusion constraint",
                "public.special special_sum: it has statistics targets of its own",
                "public.upserted -: the load reads the table by key",
                "public.viewed viewed_pkey: something depends on it, such as a foreign key of another table or a view",
                "public.watched watched_pkey: something depends on it, such as a foreign key of another table or a view",
            ],
            audit.Named(AuditEvents.IndexKept).Select(kept => $"{kept["table"]} {kept["index"] ?? "-"}: {kept["reason"]}"));
        Assert.Equal("sorted_x", Assert.Single(audit.Named(AuditEvents.IndexDropped))["index"]);
        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
    }

    [SkippableFact]
    public async Task Load_KeyChangedSinceThePlan_RefusesAndCannotBeCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);
        await database.ExecuteAsync("ALTER TABLE c ALTER CONSTRAINT c_up DEFERRABLE");
        List<string> before = await connection.RowsAsync(ShapeSql);

        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync())
        {
            ForeignKeyException error =
                await Assert.ThrowsAsync<ForeignKeyException>(() => new RecreateStrategy(catalog).BeforeLoadAsync(connection));
            Assert.Contains("c_up (up) → public.c (id) is now 'FOREIGN KEY (up) REFERENCES public.c(id) DEFERRABLE'", error.Message,
                StringComparison.Ordinal);
            await connection.ExecuteAsync("COMMIT");
        }

        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
    }

    [SkippableFact]
    public async Task Load_ViolationSwallowedByTheCaller_CannotBeCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        List<string> before = await connection.RowsAsync(ShapeSql);
        var strategy = new RecreateStrategy(await ForeignKeyCatalog.ReadAsync(connection, Tables));

        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync())
        {
            await strategy.BeforeLoadAsync(connection);
            await connection.ExecuteAsync("INSERT INTO c VALUES (1, 1, 1, 1)");
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => strategy.AfterLoadAsync(connection));
            await connection.ExecuteAsync("COMMIT");
        }

        Assert.Equal(before, await connection.RowsAsync(ShapeSql));
        Assert.Equal(0, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
    }

    [SkippableFact]
    public async Task Probe_StrangerToTheTables_NamesOwnerAndGrants()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole owner = await database.CreateRoleAsync();
        TestRole stranger = await database.CreateRoleAsync();
        await database.ExecuteAsync($"""
            CREATE SCHEMA hidden; CREATE TABLE hidden.p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES hidden.p);
            ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES hidden.p NOT VALID;
            ALTER TABLE c OWNER TO {owner.Name}; GRANT SELECT ON c TO {stranger.Name};
            """);
        await using NpgsqlConnection connection = await stranger.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);
        var strategy = new RecreateStrategy(catalog, null, new ForeignKeyOptions { IndexRebuild = IndexRebuild.Always });

        StrategyProbe probe = await strategy.ProbeAsync(connection);

        Assert.Equal(
            [
                $"GRANT \"{owner.Name}\" TO \"{stranger.Name}\";",
                $"GRANT REFERENCES ON \"hidden\".\"p\" TO \"{stranger.Name}\";",
                $"GRANT USAGE ON SCHEMA \"hidden\" TO \"{stranger.Name}\";",
            ],
            probe.Remedies);
        Assert.Contains(probe.Obstacles,
            obstacle => obstacle.StartsWith($"Role {stranger.Name} does not own public.c ({owner.Name} does), so it cannot " +
                "drop", StringComparison.Ordinal));
        Assert.Contains(
            probe.Obstacles, obstacle => obstacle.Contains("is NOT VALID and so proved by reading both tables", StringComparison.Ordinal));
        Assert.Contains(
            probe.Obstacles, obstacle => obstacle.StartsWith("Indexes are always to be rebuilt, and role", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Probe_KeyWithDisabledTriggers_Refuses()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl + "ALTER TABLE part1 DISABLE TRIGGER ALL");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var strategy = new RecreateStrategy(await ForeignKeyCatalog.ReadAsync(connection, Tables));

        StrategyProbe probe = await strategy.ProbeAsync(connection);

        Assert.Contains("would come back in the normal one", Assert.Single(probe.Obstacles), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE", "COMMENT ON CONSTRAINT c_up ON c IS 'meddled'",
        "Foreign key public.c.c_up (up) → public.c (id) came back as")]
    [InlineData("CREATE INDEX", "COMMENT ON INDEX p_code IS NULL; ALTER INDEX p_code SET (fillfactor = 55)",
        "The indexes of public.p came back as")]
    public async Task Load_SomethingComesBackDifferent_IsNotCommitted(string tag, string meddling, string message)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Ddl);
        List<string> before = await database.RowsAsync(ShapeSql);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, Tables);
        var strategy = new RecreateStrategy(catalog, null, new ForeignKeyOptions { IndexRebuild = IndexRebuild.Always });
        await database.ExecuteAsync($"""
            CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
              IF EXISTS (SELECT FROM c) THEN {meddling}; END IF;
            EXCEPTION WHEN undefined_object OR undefined_table THEN NULL;
            END $$;
            CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('{tag}') EXECUTE FUNCTION meddle();
            """);

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => connection.LoadAsync(strategy, Batches));

        Assert.Equal(FailureKind.Internal, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await database.RowsAsync(ShapeSql));
    }
}
