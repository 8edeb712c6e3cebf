using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>
/// Checks the tables before a load: whether they exist, are empty, have the right columns, and may be written by the role.
/// </summary>
internal static class TableInspector
{
    private const string TableSql =
        """
        SELECT n.ord::int, c.relkind::text, s.nspname::text, pg_catalog.pg_get_userbyid(c.relowner)::text,
          pg_catalog.pg_has_role(c.relowner, 'USAGE'),
               pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.has_table_privilege(c.oid, 'INSERT'),
                 pg_catalog.has_table_privilege(c.oid, 'DELETE'),
               pg_catalog.has_table_privilege(c.oid, 'TRUNCATE'), pg_catalog.has_table_privilege(c.oid, $2),
                 pg_catalog.row_security_active(c.oid),
               ARRAY(SELECT p.polname::text FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid ORDER BY p.polname),
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)::int,
               EXISTS (SELECT FROM pg_catalog.pg_partitioned_table d WHERE d.partrelid = c.oid AND d.partdefid <> 0), c.relname::text,
                 c.oid,
               EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE (t.tgrelid = c.oid OR t.tgrelid IN (SELECT l.relid FROM
                 pg_catalog.pg_partition_tree(c.oid) l))
                 AND t.tgtype & 3 = 3 AND NOT t.tgisinternal AND t.tgenabled <> 'D')
        FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS n(name, ord)
        JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(n.name) JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
        ORDER BY n.ord
        """;

    // A domain may be based on a domain: the bytes are read as the innermost base type.
    private const string ColumnSql =
        """
        SELECT n.ord::int, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), base.name,
               a.attnotnull OR base.refuses_null, CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
                 a.attidentity <> '', a.attgenerated <> '',
               base.category, given.name
        FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS n(name, ord)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass(n.name) AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        CROSS JOIN LATERAL (
          WITH RECURSIVE chain AS (
            SELECT 1 AS depth, t.oid, a.atttypmod AS modifier, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typcategory
            FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
            UNION ALL
            SELECT c.depth + 1, t.oid, c.typtypmod, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typcategory
            FROM chain c JOIN pg_catalog.pg_type t ON t.oid = c.typbasetype WHERE c.typtype = 'd')
          SELECT pg_catalog.format_type(last.oid, last.modifier) AS name, CASE last.typtype WHEN 'e' THEN 'E' ELSE last.typcategory::text
            END AS category,
            (SELECT pg_catalog.bool_or(c.typtype = 'd' AND c.typnotnull) FROM chain c) AS refuses_null
          FROM chain last ORDER BY last.depth DESC LIMIT 1) AS base
        LEFT JOIN LATERAL (
          SELECT pg_catalog.format('%I.%I', o.nspname, l.collname) AS name
          FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace o ON o.oid = l.collnamespace WHERE l.oid = a.attcollation AND
            l.collname <> 'default') AS given ON true
        ORDER BY n.ord, a.attnum
        """;

    // pg_amop: the operator of a B-tree that compares for equality is its third.
    private const string KeySql =
        """
        SELECT n.ord::int, x.relname::text, i.indisprimary, pg_catalog.array_agg(a.attname::text ORDER BY k.position),
               pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname) ORDER BY k.position)
        FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS n(name, ord)
        JOIN pg_catalog.pg_index i ON i.indrelid = pg_catalog.to_regclass(n.name) JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[])) WITH ORDINALITY AS
          k(attribute, class, position)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute JOIN pg_catalog.pg_opclass c ON c.oid = k.class
        JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype AND
          m.amopstrategy = 3
        JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
        WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL AND
          k.position <= i.indnkeyatts
        GROUP BY n.ord, x.relname, i.indisprimary ORDER BY n.ord, i.indisprimary DESC, x.relname
        """;

    /// <summary>Reads the state of every table; two round trips for any number of them.</summary>
    /// <param name="connection">An open connection, inside a transaction or not.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>One state for each table, in the same order.</returns>
    /// <exception cref="DatabaseException">The catalogue could not be read.</exception>
    public static async Task<IReadOnlyList<TableState>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        try
        {
            TableState[] states = await ReadCatalogAsync(connection, tables, cancellationToken).ConfigureAwait(false);
            uint[] hypertables = await Hypertables.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            for (int index = 0; index < states.Length; index++)
                states[index] = states[index] with { IsHypertable = hypertables.Contains(states[index].Oid) };
            await ReadHasRowsAsync(connection, states, cancellationToken).ConfigureAwait(false);
            return states;
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading the definitions of the tables", ServerName.Of(connection), error);
            throw;
        }
    }

    /// <summary>Lists everything that prevents a table from being loaded as expected, as phrases that name the table.</summary>
    /// <param name="state">The table in the database.</param>
    /// <param name="expectation">What the load needs.</param>
    /// <returns>The differences; empty when the table can be loaded.</returns>
    public static IReadOnlyList<string> Differences(TableState state, TableExpectation expectation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(expectation);
        if (expectation.Types.Count != expectation.Table.Columns.Count)
            DatabaseThrow.ExpectationTypes(expectation.Table, expectation.Types.Count);
        return [.. ShapeDifferences(state, expectation.Table, expectation.Types), .. RightDifferences(state)];
    }

    /// <summary>
    /// Lists everything that prevents a table from being loaded, if the types that the rows are encoded as are unknown.
    /// </summary>
    /// <param name="state">The table in the database.</param>
    /// <returns>The differences; empty when the table can be loaded.</returns>
    public static IReadOnlyList<string> Differences(TableState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return [.. ShapeDifferences(state, state.Table, null), .. RightDifferences(state)];
    }

    /// <summary>The differences that a migration could correct; the role's privileges are not included.</summary>
    internal static IReadOnlyList<string> ShapeDifferences(TableState state, CopyTable table, IReadOnlyList<string>? types)
    {
        if (!state.Exists)
            return [$"table {table} does not exist"];
        if (state.Kind is not ('r' or 'p'))
            return [$"{table} is not a table but {KindName(state.Kind)}"];

        var differences = new List<string>();
        for (int index = 0; index < table.Columns.Count; index++)
        {
            string name = table.Columns[index];
            string? expected = types?[index].Replace("|", " or ", StringComparison.Ordinal);
            ColumnState? column = state.Columns.FirstOrDefault(candidate => candidate.Name == name);
            if (column is null)
                differences.Add($"{table}.{name} is missing{(expected is null ? "" : $" ({expected} is needed)")}");
            else if (column.Generated)
                differences.Add($"{table}.{name} is a generated column, which COPY cannot fill");
            else if (types is not null && !TypeName.Matches(types[index], column.Type) && !TypeName.Matches(types[index], column.BaseType))
                differences.Add($"{table}.{name} is {column.Type} instead of {expected}");
        }

        foreach (ColumnState column in state.Columns)
        {
            if (column.MustBeGiven && !table.Columns.Contains(column.Name))
            {
                differences.Add(
                    $"{table}.{column.Name} ({column.Type}) must not be NULL and has no default, but is not filled by this load");
            }
        }

        return differences;
    }

    private static string[] RightDifferences(TableState state) =>
        state is { Exists: true, CanInsert: false, Kind: 'r' or 'p' } ? [$"the role may not INSERT into {state.Table}"] : [];

    /// <summary>Throws unless every table can be loaded as expected.</summary>
    /// <param name="connection">The connection that the states were read from, for the message.</param>
    /// <param name="states">The tables in the database.</param>
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

    private static async Task<TableState[]> ReadCatalogAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyTable> tables, CancellationToken cancellationToken)
    {
        string[] names = [.. tables.Select(table => table.QualifiedName)];
        TableState[] states = [.. tables.Select(table => new TableState { Table = table })];
        var columns = new List<ColumnState>[tables.Count];
        var keys = new List<TableKey>[tables.Count];
        var batch =
            new NpgsqlBatch(connection) { BatchCommands = { Command(TableSql, names), Command(ColumnSql, names), Command(KeySql, names) } };
        string maintain = connection.PostgreSqlVersion.Major >= 17 ? ", MAINTAIN" : "";
        batch.BatchCommands[0].Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"UPDATE, DELETE, TRUNCATE{maintain}" });
        await using (batch.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    int index = reader.GetInt32(0) - 1;
                    columns[index] = [];
                    keys[index] = [];
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
                        CanLock = reader.GetBoolean(9),
                        IsRowSecurityActive = reader.GetBoolean(10),
                        Policies = reader.GetFieldValue<string[]>(11),
                        Children = reader.GetInt32(12),
                        HasDefaultPartition = reader.GetBoolean(13),
                        Name = reader.GetString(14),
                        Oid = reader.GetFieldValue<uint>(15),
                        HasRowTriggers = reader.GetBoolean(16),
                        Columns = columns[index],
                        Keys = keys[index],
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
                        reader.GetBoolean(7))
                    {
                        Category = reader.GetString(8)[0],
                        Collation = await reader.IsDBNullAsync(9, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(9),
                    });
                }

                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    keys[reader.GetInt32(0) - 1].Add(new TableKey(
                        reader.GetString(1), reader.GetBoolean(2), reader.GetFieldValue<string[]>(3), reader.GetFieldValue<string[]>(4)));
                }
            }
        }

        return states;
    }

    // Only for tables: reading a view may run its owner's functions.
    private static async Task ReadHasRowsAsync(NpgsqlConnection connection, TableState[] states, CancellationToken cancellationToken)
    {
        // If row security hides rows, an empty result proves nothing: the state is unknown.
        int[] readable =
            [.. Enumerable.Range(0, states.Length).Where(
                index => states[index] is { Exists: true, CanSelect: true, IsRowSecurityActive: false, Kind: 'r' or 'p' })];
        string[] queries =
            [.. readable.Select(
                index =>
                    string.Create(CultureInfo.InvariantCulture,
                        $"SELECT {index}, EXISTS(SELECT 1 FROM {states[index].Only}{states[index].QuotedName})"))];
        foreach ((int index, bool hasRows) in await UnlockedLook.RowsAsync(
            connection, queries, row => (row.GetInt32(0), row.GetBoolean(1)), cancellationToken).ConfigureAwait(false))
        {
            states[index] = states[index] with { HasRows = hasRows };
        }
    }

    private static NpgsqlBatchCommand Command(string sql, string[] names) =>
        new(sql) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = names } } };

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
