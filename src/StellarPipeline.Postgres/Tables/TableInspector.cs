using System.Globalization;
using Npgsql;

namespace StellarPipeline.Postgres;

/// <summary>Looks at the tables before a load: do they exist, are they empty, have they the right columns, may the role write them.</summary>
public static class TableInspector
{
    private const string TableSql =
        """
        SELECT n.ord::int, c.relkind::text, s.nspname::text, pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'USAGE'),
               has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE')
        FROM unnest($1::text[]) WITH ORDINALITY AS n(name, ord)
        JOIN pg_class c ON c.oid = to_regclass(n.name) JOIN pg_namespace s ON s.oid = c.relnamespace
        ORDER BY n.ord
        """;

    private const string ColumnSql =
        """
        SELECT n.ord::int, a.attname::text, format_type(a.atttypid, a.atttypmod),
               CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END,
               a.attnotnull OR (t.typtype = 'd' AND t.typnotnull), CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END, a.attidentity <> '', a.attgenerated <> ''
        FROM unnest($1::text[]) WITH ORDINALITY AS n(name, ord)
        JOIN pg_attribute a ON a.attrelid = to_regclass(n.name) AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        ORDER BY n.ord, a.attnum
        """;

    /// <summary>Reads the state of every table; two round trips for any number of them.</summary>
    /// <param name="connection">An open connection, inside a transaction or not.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>One state for each table, in the same order.</returns>
    /// <exception cref="DatabaseException">The catalogue could not be read.</exception>
    public static async Task<IReadOnlyList<TableState>> ReadAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        try
        {
            TableState[] states = await ReadCatalogAsync(connection, tables, cancellationToken).ConfigureAwait(false);
            await ReadHasRowsAsync(connection, states, cancellationToken).ConfigureAwait(false);
            return states;
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("The look at the tables", ServerName.Of(connection), error);
            throw;
        }
    }

    /// <summary>Lists all that keeps a table from being loaded as expected, as phrases that name the table.</summary>
    /// <param name="state">What the database has.</param>
    /// <param name="expectation">What the load needs.</param>
    /// <returns>The differences; empty when the table can be loaded.</returns>
    public static IReadOnlyList<string> Differences(TableState state, TableExpectation expectation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(expectation);
        CopyTable table = expectation.Table;
        if (expectation.Types.Count != table.Columns.Count)
            DatabaseThrow.ExpectationTypes(table, expectation.Types.Count);
        if (!state.Exists)
            return [$"table {table} does not exist"];
        if (state.Kind is not ('r' or 'p'))
            return [$"{table} is not a table but {KindName(state.Kind)}"];

        var differences = new List<string>();
        for (int index = 0; index < table.Columns.Count; index++)
        {
            string name = table.Columns[index];
            string expected = expectation.Types[index];
            ColumnState? column = state.Columns.FirstOrDefault(candidate => candidate.Name == name);
            if (column is null)
                differences.Add($"{table}.{name} is missing ({expected.Replace("|", " or ", StringComparison.Ordinal)} is needed)");
            else if (column.Generated)
                differences.Add($"{table}.{name} is a generated column, which COPY cannot fill");
            else if (!TypeName.Matches(expected, column.Type) && !TypeName.Matches(expected, column.BaseType))
                differences.Add($"{table}.{name} is {column.Type} instead of {expected.Replace("|", " or ", StringComparison.Ordinal)}");
        }

        foreach (ColumnState column in state.Columns)
        {
            if (column.MustBeGiven && !table.Columns.Contains(column.Name))
                differences.Add($"{table}.{column.Name} ({column.Type}) must not be NULL and has no default, but is not filled by this load");
        }

        if (!state.CanInsert)
            differences.Add($"the role may not INSERT into {table}");
        return differences;
    }

    /// <summary>Makes sure that every table can be loaded as expected.</summary>
    /// <param name="connection">The connection that the states were read from, for the message.</param>
    /// <param name="states">What the database has.</param>
    /// <param name="expectations">What the load needs, in the same order.</param>
    /// <exception cref="DatabaseException">Something differs; the message lists every difference of every table.</exception>
    public static void Require(NpgsqlConnection connection, IReadOnlyList<TableState> states, IReadOnlyList<TableExpectation> expectations)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(expectations);
        List<string> differences = [.. expectations.SelectMany((expectation, index) => Differences(states[index], expectation))];
        if (differences.Count > 0)
            DatabaseThrow.TablesDiffer(ServerName.Of(connection), differences);
    }

    private static async Task<TableState[]> ReadCatalogAsync(NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        string[] names = [.. tables.Select(table => table.QualifiedName)];
        TableState[] states = [.. tables.Select(table => new TableState { Table = table })];
        var columns = new List<ColumnState>[tables.Count];
        var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(TableSql, names), Command(ColumnSql, names) } };
        await using (batch.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    int index = reader.GetInt32(0) - 1;
                    columns[index] = [];
                    states[index] = new TableState
                    {
                        Table = tables[index],
                        Exists = true,
                        Kind = reader.GetString(1)[0],
                        Schema = reader.GetString(2),
                        Owner = reader.GetString(3),
                        IsOwner = reader.GetBoolean(4),
                        CanSelect = reader.GetBoolean(5),
                        CanInsert = reader.GetBoolean(6),
                        CanDelete = reader.GetBoolean(7),
                        CanTruncate = reader.GetBoolean(8),
                        Columns = columns[index],
                    };
                }

                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    columns[reader.GetInt32(0) - 1].Add(new ColumnState(
                        reader.GetString(1),
                        reader.GetString(2),
                        reader.GetString(3),
                        reader.GetBoolean(4),
                        await reader.IsDBNullAsync(5, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(5),
                        reader.GetBoolean(6),
                        reader.GetBoolean(7)));
                }
            }
        }

        return states;
    }

    // Only of tables: the rows of a view are what its author's functions make of them, with the rights of whoever looks.
    private static async Task ReadHasRowsAsync(NpgsqlConnection connection, TableState[] states, CancellationToken cancellationToken)
    {
        int[] readable = [.. Enumerable.Range(0, states.Length).Where(index => states[index] is { Exists: true, CanSelect: true, Kind: 'r' or 'p' })];
        if (readable.Length == 0)
            return;
        string sql = string.Join(" UNION ALL ", readable.Select(index => string.Create(
            CultureInfo.InvariantCulture, $"SELECT {index}, EXISTS(SELECT 1 FROM {states[index].Table.QualifiedName})")));
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    states[reader.GetInt32(0)] = states[reader.GetInt32(0)] with { HasRows = reader.GetBoolean(1) };
            }
        }
    }

    private static NpgsqlBatchCommand Command(string sql, string[] names) => new(sql) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = names } } };

    private static string KindName(char kind) => kind switch
    {
        'v' => "a view",
        'm' => "a materialized view",
        'f' => "a foreign table",
        'i' or 'I' => "an index",
        'S' => "a sequence",
        'c' => "a composite type",
        _ => $"a relation of kind {kind}",
    };
}
