using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Catalog;

/// <summary>
/// Hypertables, partitioned tables and tables that others inherit from are one table each in plan, lock, emptiness and proof.
/// </summary>
/// <remarks>
/// TimescaleDB is no part of PostgreSQL's packages. Here its catalogue stands in: an entry in pg_extension, the table that lists
/// hypertables, and chunks that inherit, each with its own copy of the keys.
/// </remarks>
public sealed class HypertableTests
{
    private const string Extension = """
        INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) VALUES (99999, 'timescaledb', 10, 11,
          false, '2');
        CREATE SCHEMA _timescaledb_catalog;
        CREATE TABLE _timescaledb_catalog.hypertable (id int, schema_name name, table_name name);
        """;

    // A hypertable is empty itself: its rows are in chunks.
    private const string HyperChild = """
        CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE h (p_id int CONSTRAINT k REFERENCES p);
        CREATE SCHEMA _timescaledb_internal;
        CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (CONSTRAINT "1_k" FOREIGN KEY (p_id) REFERENCES p) INHERITS (h);
        INSERT INTO _timescaledb_catalog.hypertable VALUES (1, 'public', 'h');
        """;

    private const string HyperParent = """
        CREATE TABLE h (id int PRIMARY KEY); CREATE TABLE c (h_id int CONSTRAINT k REFERENCES h); ALTER TABLE c DISABLE TRIGGER ALL;
        CREATE SCHEMA _timescaledb_internal;
        CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (PRIMARY KEY (id)) INHERITS (h);
        INSERT INTO _timescaledb_catalog.hypertable VALUES (1, 'public', 'h');
        """;

    [SkippableFact]
    public async Task Prove_OrphanInAChunk_IsFound()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Extension + HyperChild);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var strategy = new ReplicaStrategy(await ForeignKeyCatalog.ReadAsync(connection, ["h", "p"]));

        ForeignKeyViolationException error = await Assert.ThrowsAsync<ForeignKeyViolationException>(
            () => connection.LoadAsync(strategy, "INSERT INTO _timescaledb_internal._hyper_1_1_chunk VALUES (7)"));

        Assert.Equal(("k", 1), (error.Key.Name, error.Rows));
    }

    [SkippableFact]
    public async Task Prove_ParentRowInAChunk_IsNoViolation()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Extension + HyperParent);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO _timescaledb_internal._hyper_1_1_chunk VALUES (7); INSERT INTO c VALUES (7)");
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["h", "c"]);

        await ForeignKeyProof.ProveAsync(connection, Assert.Single(catalog.Keys));
        await connection.ExecuteAsync("INSERT INTO c VALUES (8)");
        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => ForeignKeyProof.ProveAsync(connection, catalog.Keys[0]));

        Assert.Equal(1, error.Rows);
    }

    [SkippableFact]
    public async Task Plan_Hypertable_ShowsItsKeyOnceAndNothingOfTheExtension()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Extension + HyperChild);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        ForeignKeyPlan plan = await ForeignKeyLoad.PlanAsync(connection, ["p"]);
        ForeignKeyPlan both = await ForeignKeyLoad.PlanAsync(connection, ["h", "p"]);

        Assert.Equal("k", Assert.Single(plan.Catalog.Keys).Name);
        Assert.Equal("k", Assert.Single(both.Catalog.Keys).Name);
        Assert.Contains("LOCK TABLE \"public\".\"h\", ONLY \"public\".\"p\" IN", both.Statements[0], StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ReadAsync_RowsInChunks_AreRowsOfTheHypertableAndRowsOfHeirsAreNot()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Extension + HyperChild + """
            INSERT INTO p VALUES (7); INSERT INTO _timescaledb_internal._hyper_1_1_chunk VALUES (7);
            CREATE TABLE plain (id int); CREATE TABLE heir () INHERITS (plain); INSERT INTO heir VALUES (1);
            CREATE TABLE parted (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parted DEFAULT; INSERT INTO parted VALUES
              (1);
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        IReadOnlyList<TableState> states =
            await TableInspector.ReadAsync(connection, [new("h", "p_id"), new("plain", "id"), new("parted", "id")]);

        Assert.Equal([true, false, true], states.Select(state => state.HasRows));
        Assert.Equal([true, false, false], states.Select(state => state.IsHypertable));
    }

    [SkippableFact]
    public async Task ReadAsync_SchemaOfTheNameWithoutTheExtension_IsNotBelieved()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE SCHEMA _timescaledb_catalog; CREATE TABLE _timescaledb_catalog.hypertable (id int, schema_name name, table_name name);"
                + HyperChild);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        Assert.False((await TableInspector.ReadAsync(connection, [new("h", "p_id")]))[0].IsHypertable);
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE p (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT; CREATE TABLE c (p_id "
        + "int CONSTRAINT k REFERENCES p)", "INSERT INTO p VALUES (7)", 0)]
    [InlineData("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p) PARTITION BY LIST (p_id); "
        + "CREATE TABLE c1 PARTITION OF c DEFAULT", "SELECT", 1)]
    [InlineData("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (p); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES "
        + "p)", "INSERT INTO heir VALUES (7)", 1)]
    public async Task Prove_PartitionedAndInherited_SaysWhatPostgresSays(string ddl, string parent, long violations)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(ddl);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var strategy = new ReplicaStrategy(await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]));

        Task load = connection.LoadAsync(strategy, parent, "INSERT INTO c VALUES (7)");

        if (violations == 0) await load;
        else Assert.Equal(violations, (await Assert.ThrowsAsync<ForeignKeyViolationException>(() => load)).Rows);
    }
}
