using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationParserTests
{
    [Theory]
    [InlineData("SELECT 1;", "1:SELECT 1")]
    [InlineData("SELECT 1;\n\n  SELECT\n 2 ;\n", "1:SELECT 1", "3:SELECT\n 2")]
    [InlineData("SELECT 1; SELECT 2;", "1:SELECT 1", "1:SELECT 2")]
    [InlineData("SELECT ';';", "1:SELECT ';'")]
    [InlineData("SELECT 'it''s; here';", "1:SELECT 'it''s; here'")]
    [InlineData("SELECT '\\'; SELECT 2;", "1:SELECT '\\'", "1:SELECT 2")]
    [InlineData("SELECT E'\\'; still'; SELECT 2;", "1:SELECT E'\\'; still'", "1:SELECT 2")]
    [InlineData("SELECT e'\\\\'; SELECT 2;", "1:SELECT e'\\\\'", "1:SELECT 2")]
    [InlineData("SELECT 1 AS \"a;b\"\"c;d\";", "1:SELECT 1 AS \"a;b\"\"c;d\"")]
    [InlineData("SELECT $$a;b$$; SELECT 2;", "1:SELECT $$a;b$$", "1:SELECT 2")]
    [InlineData("SELECT $x$a; $$ ; $y$ ;$x$; SELECT 2;", "1:SELECT $x$a; $$ ; $y$ ;$x$", "1:SELECT 2")]
    [InlineData("SELECT a$b$ FROM c$b$; SELECT 2;", "1:SELECT a$b$ FROM c$b$", "1:SELECT 2")]
    [InlineData("PREPARE p AS SELECT $1; SELECT $2;", "1:PREPARE p AS SELECT $1", "1:SELECT $2")]
    [InlineData("SELECT 1 -- one; two\n;", "1:SELECT 1 -- one; two")]
    [InlineData("SELECT 1 /* one; /* two; */ three; */;", "1:SELECT 1 /* one; /* two; */ three; */")]
    [InlineData("SELECT type'x;y';", "1:SELECT type'x;y'")]
    [InlineData("-- a comment;\n/* another; */\nSELECT 1;\n-- the last one", "3:SELECT 1")]
    [InlineData(
        "CREATE RULE r AS ON UPDATE TO t DO (SELECT 1; SELECT 2); SELECT 3;", "1:CREATE RULE r AS ON UPDATE TO t DO (SELECT 1; SELECT 2)",
        "1:SELECT 3")]
    [InlineData(";;SELECT 1;;", "1:SELECT 1")]
    [InlineData("SELECT 5-3, 4/2;", "1:SELECT 5-3, 4/2")]
    [InlineData("SELECT 'größe;' AS größe;", "1:SELECT 'größe;' AS größe")]
    [InlineData("-- +goose is not ours\nSELECT 1;", "2:SELECT 1")]
    public void Parse_UpSection_IsCutWhereStatementsEnd(string sql, params string[] expected)
    {
        Migration migration = MigrationParser.Parse("a.sql", "-- +migrate Up\n" + sql);
        Assert.Equal(expected, migration.Up.Select(statement => $"{statement.Line - 1}:{statement.Text}"));
        Assert.Empty(migration.Down);
    }

    [Fact]
    public void Parse_WholeFile_KnowsSectionsBlocksAndLines()
    {
        const string text = """
            -- What it makes; and more.

            -- +migrate Up

            CREATE TABLE t (
                id int
            );
            -- +migrate StatementBegin

            CREATE FUNCTION f() RETURNS int LANGUAGE sql
            BEGIN ATOMIC
              SELECT 1;
            END;
            -- +migrate StatementEnd
            CREATE INDEX i ON t (id);

            -- +migrate Down
            DROP FUNCTION f;
            -- and the table
            DROP TABLE t;
            """;
        Migration migration = MigrationParser.Parse("a.sql", text);
        Assert.Equal([5, 10, 15], migration.Up.Select(statement => statement.Line));
        Assert.Equal("CREATE FUNCTION f() RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n  SELECT 1;\nEND;", migration.Up[1].Text);
        Assert.Equal(["DROP FUNCTION f", "DROP TABLE t"], migration.Down.Select(statement => statement.Text));
        Assert.Equal([18, 20], migration.Down.Select(statement => statement.Line));
        Assert.True(migration.UpInTransaction && migration.DownInTransaction);
        Assert.Equal(["t"], migration.CreatedTables());
    }

    [Fact]
    public void Parse_WindowsLineEndsAndByteOrderMark_GiveTheSameStatements()
    {
        Migration migration = MigrationParser.Parse("a.sql", "\uFEFF-- +migrate Up\r\nSELECT\r\n1;\r\n-- +migrate Down\r\nSELECT 2;\r\n");
        Assert.Equal([new MigrationStatement("SELECT\n1", 2)], migration.Up);
        Assert.Equal([new MigrationStatement("SELECT 2", 5)], migration.Down);
    }

    [Fact]
    public void Parse_Notransaction_CountsForItsDirectionOnly()
    {
        Migration migration = MigrationParser.Parse(
            "a.sql", "-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n-- +migrate Down\nDROP INDEX i;");
        Assert.False(migration.UpInTransaction);
        Assert.True(migration.DownInTransaction);
        Assert.False(MigrationParser.Parse("a.sql", "-- +migrate Up\n-- +migrate Down notransaction\nBEGIN;\nCOMMIT;").DownInTransaction);
    }

    [Fact]
    public void Parse_EmptySections_AreAMigrationWithoutStatements()
    {
        Migration migration = MigrationParser.Parse("a.sql", "-- Start.\n\n-- +migrate Up\n\n-- +migrate Down\n-- nothing to take back");
        Assert.Empty(migration.Up);
        Assert.Empty(migration.Down);
    }

    [Theory]
    [InlineData("SELECT 1;", "has SQL at line 1, before its first")]
    [InlineData("-- only a comment", "has no line \"-- +migrate Up\"")]
    [InlineData("", "has no line \"-- +migrate Up\"")]
    [InlineData("-- +migrate StatementBegin\nSELECT 1;\n-- +migrate StatementEnd", "has SQL at line 1, before its first")]
    [InlineData("-- +migrate Up\nSELECT 1", "the statement that begins at line 2 has no semicolon before line 2")]
    [InlineData("-- +migrate Up\nSELECT 1;\n\nSELECT 2\n-- +migrate Down",
        "the statement that begins at line 4 has no semicolon before line 5")]
    [InlineData("-- +migrate Up\nSELECT 'open;\nSELECT 2;", "the statement that begins at line 2 has no semicolon")]
    [InlineData("-- +migrate Up\nSELECT $$open;", "the statement that begins at line 2 has no semicolon")]
    [InlineData("-- +migrate Up\nSELECT E'open\\", "the statement that begins at line 2 has no semicolon")]
    [InlineData("-- +migrate Up\nSELECT (1;\n", "the statement that begins at line 2 has no semicolon")]
    [InlineData("-- +migrate Up\nSELECT 1 /* open;\n", "the statement that begins at line 2 has no semicolon")]
    [InlineData("-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\n",
        "\"-- +migrate StatementBegin\" of line 2 has no \"-- +migrate StatementEnd\"")]
    [InlineData("-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\n-- +migrate Down",
        "\"-- +migrate StatementBegin\" of line 2 has no \"-- +migrate StatementEnd\"")]
    [InlineData("-- +migrate Up\n-- +migrate StatementEnd", "line 2: \"-- +migrate StatementEnd\" without")]
    [InlineData("-- +migrate up\nSELECT 1;", "line 1: \"-- +migrate up\" is unknown")]
    [InlineData("-- +migrate\n", "line 1: \"-- +migrate\" is unknown")]
    [InlineData("-- +migrate Up noTransaction\n", "line 1: the option \"noTransaction\" is unknown")]
    [InlineData("-- +migrate Up\nSELECT 1;\ncommit;\n", "line 3: COMMIT would end the transaction")]
    [InlineData("-- +migrate Up\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;\n", "line 2: END would end the transaction")]
    public void Parse_BrokenFile_NamesFileAndLine(string text, string expected)
    {
        MigrationException error = Assert.Throws<MigrationException>(() => MigrationParser.Parse("2026-01-01.0-broken.sql", text));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.StartsWith("Migration 2026-01-01.0-broken.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE plain (id int)", "plain")]
    [InlineData("create table IF NOT EXISTS Folded(id int)", "folded")]
    [InlineData("CREATE UNLOGGED TABLE \"Quo\"\"ted\" (id int)", "Quo\"ted")]
    [InlineData("CREATE TABLE other.t (id int)", null)]
    [InlineData("ALTER TABLE t ADD COLUMN id int", null)]
    public void CreatedTables_OneStatement_GivesTheTablesOfTheSearchPath(string sql, string? expected)
    {
        Migration migration = MigrationParser.Parse("a.sql", $"-- +migrate Up\n{sql};");
        Assert.Equal(expected is null ? [] : new[] { expected }, migration.CreatedTables());
    }
}
