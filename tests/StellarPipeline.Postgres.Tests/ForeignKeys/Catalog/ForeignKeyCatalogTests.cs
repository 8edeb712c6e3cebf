using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Catalog;

public sealed class ForeignKeyCatalogTests
{
    [SkippableFact]
    public async Task Read_KeyWithEveryProperty_ReportsEachOfThem()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE SCHEMA other;
            CREATE TABLE other.parent (a int NOT NULL, b text NOT NULL, UNIQUE (b, a));
            CREATE TABLE "Child" (id int PRIMARY KEY, x text, y int NOT NULL);
            ALTER TABLE "Child" ADD CONSTRAINT "Odd name" FOREIGN KEY (x, y) REFERENCES other.parent (b, a)
              MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["\"Child\"", "other.parent", "public.\"Child\""]);

        Assert.Equal(
            [new QualifiedName("public", "Child"), new QualifiedName("other", "parent")], catalog.Tables.Select(table => table.Name));
        ForeignKey key = Assert.Single(catalog.Keys);
        Assert.Equal("Odd name", key.Name);
        Assert.Equal([("x", "b", true), ("y", "a", false)],
            key.Columns.Select(column => (column.Referencing, column.Referenced, column.IsNullable)));
        Assert.Equal((ForeignKeyMatch.Full, ForeignKeyAction.Cascade, ForeignKeyAction.SetNull), (key.Match, key.OnUpdate, key.OnDelete));
        Assert.Equal(
            (true, true, false, true, false), (key.IsDeferrable, key.IsInitiallyDeferred, key.IsValidated, key.IsEnforced, key.IsTemporal));
        Assert.Equal((ForeignKeyTriggerState.Origin, false, true), (key.TriggerState, key.IsNullable, key.BindsLoad));
        Assert.Equal("public.\"Child\".\"Odd name\" (x, y) → other.parent (b, a)", key.ToString());
        Assert.Equal([("id", "integer", false), ("x", "text", true), ("y", "integer", false)],
            catalog.Tables[0].Columns.Select(column => (column.Name, column.TypeName, column.IsNullable)));
    }

    [SkippableFact]
    public async Task Read_KeysBeyondTheLoad_KeepsThemAndSaysWhichBind()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE outside (id int PRIMARY KEY);
            CREATE TABLE loaded (id int PRIMARY KEY, out_id int REFERENCES outside, self_id int REFERENCES loaded);
            CREATE TABLE watcher (id int, loaded_id int REFERENCES loaded, again_id int REFERENCES loaded);
            CREATE TABLE stranger (id int REFERENCES outside);
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["loaded"]);

        Assert.Equal(
            ["loaded_out_id_fkey:True", "loaded_self_id_fkey:True", "watcher_again_id_fkey:False", "watcher_loaded_id_fkey:False"],
            catalog.Keys.Select(key => $"{key.Name}:{key.BindsLoad}"));
    }

    [SkippableFact]
    public async Task Read_PartitionedAndInheritedTables_GivesTopLevelKeysOnly()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE parent_low PARTITION OF parent FOR VALUES FROM (0) TO (100);
            CREATE TABLE parent_high PARTITION OF parent FOR VALUES FROM (100) TO (200);
            CREATE TABLE child (kind int, parent_id int CONSTRAINT child_parent REFERENCES parent) PARTITION BY LIST (kind);
            CREATE TABLE child_one PARTITION OF child FOR VALUES IN (1);
            CREATE TABLE extra (id int PRIMARY KEY);
            CREATE TABLE child_two (kind int, parent_id int, extra_id int);
            CREATE TABLE base (id int PRIMARY KEY, parent_id int CONSTRAINT base_parent REFERENCES parent);
            CREATE TABLE derived () INHERITS (base);
            ALTER TABLE child ADD extra_id int;
            ALTER TABLE child ATTACH PARTITION child_two FOR VALUES IN (2);
            ALTER TABLE child_two ADD CONSTRAINT only_here FOREIGN KEY (extra_id) REFERENCES extra;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyCatalog whole = await ForeignKeyCatalog.ReadAsync(connection, ["child", "parent"]);
        ForeignKeyCatalog leaf = await ForeignKeyCatalog.ReadAsync(connection, ["child_one", "parent_low"]);
        ForeignKeyCatalog derived = await ForeignKeyCatalog.ReadAsync(connection, ["derived"]);

        Assert.Equal(["base_parent:", "child_parent:child", "only_here:child"], whole.Keys.Select(Describe));
        Assert.Equal(["base_parent:", "child_parent:child_one"], leaf.Keys.Select(Describe));
        Assert.True(whole.Keys[1].IsReferencingPartitioned && whole.Keys[1].IsReferencedPartitioned);
        Assert.Equal("parent_low", Assert.Single(leaf.Keys[1].LoadedReferenced).Name);
        Assert.True(whole.Tables[0].IsPartitioned && leaf.Tables[0].IsPartition);
        Assert.Empty(derived.Keys);

        static string Describe(ForeignKey key) => $"{key.Name}:{string.Join(',', key.LoadedReferencing.Select(name => name.Name))}";
    }

    [SkippableFact]
    public async Task Read_TriggersAndDeferrableConstraints_ReportsWhatReplicaWouldChange()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TABLE parent (id int PRIMARY KEY, slot int UNIQUE DEFERRABLE);
            CREATE TABLE child (parent_id int REFERENCES parent);
            CREATE TRIGGER stamp BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
            CREATE TRIGGER audit AFTER INSERT OR UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION nothing();
            CREATE TRIGGER sleeper BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION nothing();
            ALTER TABLE parent ENABLE REPLICA TRIGGER sleeper;
            ALTER TABLE child DISABLE TRIGGER ALL;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["child", "parent"]);

        Assert.Equal(
            ["stamp D False True", "audit O True True", "sleeper R True False"],
            catalog.Triggers.Select(trigger => $"{trigger.Name} {trigger.State} {trigger.FiresOnInsert} {trigger.FiresOnUpdate}"));
        Assert.Equal("deferrable constraint parent_slot_key of public.parent", Assert.Single(catalog.DeferrableConstraints).ToString());
        Assert.Equal(ForeignKeyTriggerState.Altered, Assert.Single(catalog.Keys).TriggerState);
    }

    [SkippableFact]
    public async Task ReadSchema_SchemaWithPartitions_NamesTheirPartitionedTableOnly()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE SCHEMA s; CREATE TABLE s.z (id int) PARTITION BY LIST (id); CREATE TABLE s.z1 PARTITION OF s.z FOR VALUES IN (1);
            CREATE TABLE s.a (id int); CREATE VIEW s.v AS SELECT 1;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadSchemaAsync(connection, "s");

        Assert.Equal(["s.a", "s.z"], catalog.Tables.Select(table => table.Name.ToString()));
    }

    [SkippableTheory]
    [InlineData("nowhere", "Table nowhere does not exist")]
    [InlineData("v", "public.v is not a table that can be loaded (pg_class.relkind is 'v'")]
    public async Task Read_WrongTable_SaysWhichAndWhatToDo(string table, string message)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE VIEW v AS SELECT 1");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();

        ForeignKeyException error = await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyCatalog.ReadAsync(connection, [table]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Equal(1, await connection.QueryAsync<int>("SELECT 1"));
    }

    [SkippableFact]
    public async Task Read_NothingNamed_Refuses()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyException noTables = await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyCatalog.ReadAsync(connection, []));
        ForeignKeyException noSchema =
            await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyCatalog.ReadSchemaAsync(connection, "absent"));

        Assert.Contains("No table was named", noTables.Message, StringComparison.Ordinal);
        Assert.Contains("Schema absent has no table", noSchema.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OldServer_SaysWhichIsNeeded()
    {
        ForeignKeyException error =
            Assert.Throws<ForeignKeyException>(() => ForeignKeyCatalogReader.RequireKnownServer(new Version(12, 4)));

        Assert.StartsWith(
            "The server is PostgreSQL 12.4; foreign keys are supported from version 13 on.", error.Message, StringComparison.Ordinal);
    }
}
