using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Tests.ForeignKeys.Audit;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Strategies;

/// <summary>
/// Orphans of every kind of key, stored while nobody checked, must be found, counted and named; rows that a key exempts must not.
/// </summary>
public sealed class ForeignKeyProofTests
{
    public static TheoryData<string, string, string, string, int, string> Orphans => new()
    {
        // Name, schema, tables, rows, violating rows, keys named.
        { "single column", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p);", "c,p",
            "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (NULL), (7), (7), (8)", 3, "(7), (8)" },
        { "composite, match simple",
            "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b text, CONSTRAINT k FOREIGN KEY (a, b) " +
                "REFERENCES p);", "c,p",
            "INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1, 'x'), (1, NULL), (NULL, 'q'), (NULL, NULL), (1, 'y'), (2, 'x')", 2,
            "(1, y), (2, x)" },
        { "composite, match full",
            "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b text, CONSTRAINT k FOREIGN KEY (a, b) " +
                "REFERENCES p MATCH FULL);", "c,p",
            "INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1, 'x'), (NULL, NULL), (1, NULL), (NULL, 'x'), (2, 'x')", 3,
            "(1, NULL), (2, x), (NULL, x)" },
        { "self reference", "CREATE TABLE c (id int PRIMARY KEY, up int CONSTRAINT k REFERENCES c);", "c",
            "INSERT INTO c VALUES (1, 2), (2, 1), (3, 3), (4, NULL), (5, 9)", 1, "(9)" },
        { "partitioned both sides", """
            CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
            CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);
            CREATE TABLE c (kind int, p_id int CONSTRAINT k REFERENCES p) PARTITION BY LIST (kind); CREATE TABLE c1 PARTITION OF c FOR
              VALUES IN (1);
            CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2);
            """, "c,p", "INSERT INTO p VALUES (1), (20); INSERT INTO c VALUES (1, 20), (2, 1), (1, 2), (2, 21)", 2, "(2), (21)" },
        { "partition loaded alone", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (kind int, p_id int CONSTRAINT k REFERENCES p) PARTITION BY LIST (kind);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
            """, "c1", "INSERT INTO c1 VALUES (1, 5)", 1, "(5)" },
        { "key of one partition", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (kind int, p_id int) PARTITION BY LIST (kind);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
            CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2); ALTER TABLE c2 ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p;
            """, "c,p", "INSERT INTO c VALUES (1, 5), (2, 6)", 1, "(6)" },
        { "cross schema, odd names", """
            CREATE SCHEMA "S 1"; CREATE TABLE "S 1"."select" ("Id" int PRIMARY KEY); CREATE TABLE "c""q" ("from" int CONSTRAINT k REFERENCES
              "S 1"."select");
            """, "\"c\"\"q\",\"S 1\".\"select\"", "INSERT INTO \"c\"\"q\" VALUES (3)", 1, "(3)" },
        { "parent outside the load", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p);", "c",
            "INSERT INTO c VALUES (1)", 1, "(1)" },
        { "inheriting parent's rows do not count", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (p); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p);
            """, "c,p", "INSERT INTO heir VALUES (1); INSERT INTO c VALUES (1)", 1, "(1)" },
        { "types that differ",
            "CREATE TABLE p (id bigint PRIMARY KEY, t text UNIQUE); CREATE TABLE c (p_id smallint CONSTRAINT k REFERENCES p, t " +
                "varchar(9) REFERENCES p (t));", "c,p",
            "INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (1, 'a'), (2, 'a')", 1, "(2)" },
        { "unique parent with NULLs", "CREATE TABLE p (id int UNIQUE); CREATE TABLE c (p_id int CONSTRAINT k REFERENCES p (id));", "c,p",
            "INSERT INTO p VALUES (NULL), (1); INSERT INTO c VALUES (1), (NULL), (2)", 1, "(2)" },
        { "one of several keys between two tables",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (x int CONSTRAINT j REFERENCES p, y int " +
                "CONSTRAINT k REFERENCES p);", "c,p",
            "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 2)", 1, "(2)" },
        { "enum, array and domain", """
            CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN code AS text; CREATE TABLE p (m mood, l int[], d code, PRIMARY KEY (m,
              l, d));
            CREATE TABLE c (m mood, l int[], d code, CONSTRAINT k FOREIGN KEY (m, l, d) REFERENCES p);
            """, "c,p", "INSERT INTO p VALUES ('sad', '{1}', 'x'); INSERT INTO c VALUES ('sad', '{1}', 'x'), ('glad', '{1}', 'x')", 1,
            "(glad, {1}, x)" },
        { "collations that differ", """
            CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE p (t text COLLATE blind PRIMARY KEY); CREATE TABLE c (t text COLLATE "C" CONSTRAINT k REFERENCES p);
            """, "c,p", "INSERT INTO p VALUES ('a'); INSERT INTO c VALUES ('A'), ('b')", 1, "(b)" },
        { "not valid: old rows may stay", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int); INSERT INTO c VALUES (100), (101);
            ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p NOT VALID;
            """, "c,p", "INSERT INTO c VALUES (1); SAVEPOINT s; INSERT INTO c VALUES (2)", 2, "(1), (2)" },
    };

    [SkippableTheory]
    [MemberData(nameof(Orphans))]
    public async Task Load_OrphansUnderReplica_AreCountedAndNamedAndNothingIsCommitted(
        string name, string schema, string tables, string rows, int violations, string keys)
    {
        Assert.NotEmpty(name);
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(schema);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, tables.Split(','));
        var audit = new RecordingAudit();
        string[] before = await CountsAsync(connection, catalog);

        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => connection.LoadAsync(new ReplicaStrategy(catalog, audit), rows));

        Assert.Equal("k", error.Key.Name);
        Assert.Equal(violations, error.Rows);
        Assert.Equal(keys, string.Join(", ", error.SampleKeys));
        Assert.Contains(keys, error.Message, StringComparison.Ordinal);
        Assert.Equal((long)violations, audit.Named(AuditEvents.Proof).Last()["violating_rows"]);
        Assert.Equal(before, await CountsAsync(connection, catalog));
    }

    [SkippableFact]
    public async Task Prove_KeysThatHold_ReportsEachOnce()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (x int CONSTRAINT j REFERENCES p, y int CONSTRAINT k REFERENCES p);
            CREATE TABLE w (c int CONSTRAINT l REFERENCES p);
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c", "p"]);
        var audit = new RecordingAudit();

        await connection.LoadAsync(new ReplicaStrategy(catalog, audit), "INSERT INTO c SELECT i, NULL FROM generate_series(1, 1000) i",
            "INSERT INTO p SELECT i FROM generate_series(1, 1000) i");

        Assert.Equal(["j", "k"], audit.Named(AuditEvents.Proof).Select(proof => proof["constraint"]));
        Assert.Equal(1000, await connection.QueryAsync<long>("SELECT count(*) FROM c"));
        Assert.Equal(1000, await connection.QueryAsync<float>("SELECT reltuples FROM pg_class WHERE relname = 'c'"));
    }

    [SkippableFact]
    public async Task Prove_MoreThanFiveKeys_NamesFive()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p); SET session_replication_role = replica; " +
                "INSERT INTO c SELECT i FROM generate_series(1, 1234) i");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);

        ForeignKeyViolationException error =
            await Assert.ThrowsAsync<ForeignKeyViolationException>(() => ForeignKeyProof.ProveAsync(connection, catalog.Keys[0]));

        Assert.Equal(
            "1,234 rows violate foreign key public.c.c_p_id_fkey (p_id) → public.p (id): the key has no row in public.p. Keys (up to 5): "
                + "(1), " +
                "(2), (3), (4), (5). " +
                "Nothing was committed. Rows of public.c refer to rows of public.p that the source does not contain: it is incomplete, " +
                "or public.p was left out. Load from a complete source; if the rows are missing on purpose, drop this foreign key before " +
                "the load.", error.Message);
    }

    [SkippableFact]
    public async Task Prove_RowSecurityHidesRows_RefusesInsteadOfPassing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p); ALTER TABLE c ENABLE ROW LEVEL SECURITY;
            SET session_replication_role = replica; INSERT INTO c VALUES (1);
            """);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT ON p, c TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyProof.ProveAsync(connection, catalog.Keys[0]));

        Assert.Contains("row security hides rows", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Prove_WithoutSelect_SaysSo()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p)");
        TestRole role = await database.CreateRoleAsync("GRANT SELECT ON c TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(connection, ["c"]);

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyProof.ProveAsync(connection, catalog.Keys[0]));

        Assert.Contains("may not read both tables completely", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prove_TemporalKey_Refuses()
    {
        var key = new ForeignKey
        {
            Name = "k", Referencing = new("public", "c"), Referenced = new("public", "p"),
            Columns = [new("a", "b", true)], IsTemporal = true
        };

        ForeignKeyException error =
            await Assert.ThrowsAsync<ForeignKeyException>(() => ForeignKeyProof.ProveAsync(new Npgsql.NpgsqlConnection(), key));

        Assert.Contains("compares periods (PERIOD)", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string[]> CountsAsync(Npgsql.NpgsqlConnection connection, ForeignKeyCatalog catalog)
    {
        var counts = new List<string>();
        foreach (CatalogTable table in catalog.Tables)
            counts.Add($"{table.Name}: {await connection.QueryAsync<long>($"SELECT count(*) FROM {table.Name.Quoted}")}");
        return [.. counts];
    }
}
