using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Tables;

public sealed class TableInspectorTests
{
    private static readonly CopyTable Balance = new("balance", "account_id", "asset_id", "amount", "code");
    private static readonly TableExpectation Expectation = new(Balance, ["bytea", "uuid", "int8", "text|varchar"]);

    [SkippableFact]
    public async Task ReadAsync_TablesOfEveryKind_AreDescribed()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE DOMAIN positive AS bigint NOT NULL CHECK (VALUE > 0);
            CREATE TABLE balance (account_id bytea NOT NULL, amount numeric(20,7) DEFAULT 0, total positive, twice numeric GENERATED ALWAYS
              AS (amount * 2) STORED, n int GENERATED ALWAYS AS IDENTITY);
            INSERT INTO balance (account_id, total) VALUES ('x', 1);
            CREATE TABLE empty_one (id timestamptz(3));
            CREATE VIEW seen AS SELECT 1 AS id;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();

        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(
            connection, [new("balance", "x"), new("nowhere", "x"), new("public", "empty_one", ["id"]), new("seen", "id")]);

        TableState balance = states[0];
        Assert.Equal((true, 'r', "public", true, true), (balance.Exists, balance.Kind, balance.Schema, balance.HasRows, balance.IsOwner));
        Assert.Equal("postgres", balance.Owner);
        Assert.Equal(
            [
                new ColumnState("account_id", "bytea", "bytea", true, null, false, false),
                new ColumnState("amount", "numeric(20,7)", "numeric(20,7)", false, "0", false, false),
                new ColumnState("total", "positive", "bigint", true, null, false, false),
                new ColumnState("twice", "numeric", "numeric", false, null, false, true),
                new ColumnState("n", "integer", "integer", true, null, true, false),
            ],
            balance.Columns.Select(column => column with { Category = ' ' }));
        Assert.Equal("UNNNN", string.Concat(balance.Columns.Select(column => column.Category)));
        Assert.Equal(["account_id", "total"], balance.Columns.Where(column => column.MustBeGiven).Select(column => column.Name));
        Assert.Equal((false, ' ', null), (states[1].Exists, states[1].Kind, states[1].HasRows));
        Assert.Equal((true, false), (states[2].Exists, states[2].HasRows));
        Assert.Equal("timestamp(3) with time zone", Assert.Single(states[2].Columns).Type);
        Assert.Equal('v', states[3].Kind);
    }

    [SkippableFact]
    public async Task ReadAsync_RoleWithoutRights_SaysWhatItMayDo()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE balance (id int)");
        TestRole role = await database.CreateRoleAsync("GRANT INSERT, DELETE ON balance TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();

        TableState state = Assert.Single(await TableInspector.ReadAsync(connection, [new("balance", "id")]));

        Assert.Equal(
            (false, true, true, false, false), (state.CanSelect, state.CanInsert, state.CanDelete, state.CanTruncate, state.IsOwner));
        Assert.Null(state.HasRows);
    }

    [SkippableFact]
    public async Task Require_TablesThatFit_IsSilent()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE balance (account_id bytea, asset_id uuid, amount bigint, code varchar(12), extra int, stamp timestamptz NOT "
                + "NULL DEFAULT now())");
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(connection, [Balance]);

        TableInspector.Require(connection, states, [Expectation]);

        Assert.Empty(TableInspector.Differences(states[0], Expectation));
    }

    [SkippableFact]
    public async Task Require_TableOfAnotherGeneration_ListsEveryDifference()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE balance (account_address text NOT NULL, asset_id bigint, amount numeric GENERATED ALWAYS AS (1) STORED, code text);
            CREATE VIEW seen AS SELECT 1 AS id;
            """);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT ON balance, seen TO {role}");
        await using NpgsqlConnection connection = await role.DataSource.OpenConnectionAsync();
        TableExpectation[] expectations =
            [Expectation, new(new CopyTable("nowhere", "id"), ["integer"]), new(new CopyTable("seen", "id"), ["integer"])];
        IReadOnlyList<TableState> states =
            await TableInspector.ReadAsync(connection, [.. expectations.Select(expectation => expectation.Table)]);

        DatabaseException error = Assert.Throws<DatabaseException>(() => TableInspector.Require(connection, states, expectations));

        Assert.Contains("in 7 points: (1) balance.account_id is missing (bytea is needed); ", error.Message, StringComparison.Ordinal);
        Assert.Contains("balance.asset_id is bigint instead of uuid; ", error.Message, StringComparison.Ordinal);
        Assert.Contains("balance.amount is a generated column", error.Message, StringComparison.Ordinal);
        Assert.Contains("balance.account_address (text) must not be NULL and has no default, but is not filled", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("the role may not INSERT into balance; ", error.Message, StringComparison.Ordinal);
        Assert.Contains("table nowhere does not exist; ", error.Message, StringComparison.Ordinal);
        Assert.Contains("seen is not a table but a view.", error.Message, StringComparison.Ordinal);
        Assert.Contains("run the migrations", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_TypesMissingInTheExpectation_IsABug() =>
        Assert.Contains(
            "4 columns, but 1 types",
            Assert.Throws<ArgumentException>(
                () => TableInspector.Differences(new TableState { Table = Balance }, new TableExpectation(Balance, ["bytea"]))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("int8", "bigint", true)]
    [InlineData("numeric", "numeric(20,7)", true)]
    [InlineData("numeric(20,7)", "numeric(20,7)", true)]
    [InlineData("numeric(20,6)", "numeric(20,7)", false)]
    [InlineData("text|varchar", "character varying(12)", true)]
    [InlineData("varchar(12)", "character varying(12)", true)]
    [InlineData("timestamptz", "timestamp with time zone", true)]
    [InlineData("timestamptz", "timestamp(3) with time zone", true)]
    [InlineData("timestamptz(3)", "timestamp(3) with time zone", true)]
    [InlineData("timestamp", "timestamp with time zone", false)]
    [InlineData("bytea", "text", false)]
    [InlineData("bytea", "bytea[]", false)]
    public void Matches_ExpectedAndFound_ComparesTypes(string expected, string found, bool same) =>
        Assert.Equal(same, TypeName.Matches(expected, found));
}
