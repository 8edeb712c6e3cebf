using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Reads the indexes of tables, with the reasons why some cannot be dropped and restored.</summary>
internal static class DroppedIndexReader
{
    /// <summary>The indexes of each table, by its oid and in the order of their names.</summary>
    public static async Task<ILookup<uint, DroppedIndex>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<CatalogTable> tables, CancellationToken cancellationToken)
    {
        if (tables.Count == 0)
            return Array.Empty<DroppedIndex>().ToLookup(_ => 0u);
        var names = tables.ToDictionary(table => table.Oid, table => table.Name);
        string query = Query(connection.PostgreSqlVersion.Major);
        List<(uint Table, DroppedIndex Index)> indexes = await Sql.UnqualifiedRowsAsync(
            connection, query, row => (row.GetFieldValue<uint>(12), ReadIndex(row, names[row.GetFieldValue<uint>(12)])), cancellationToken,
            names.Keys.ToArray()).ConfigureAwait(false);
        return indexes.ToLookup(index => index.Table, index => index.Index);
    }

    private static string Query(int serverMajorVersion) => $"""
        WITH unqualified AS MATERIALIZED (SELECT pg_catalog.set_config('search_path', '', true))
        SELECT ic.relname, pg_catalog.pg_get_indexdef(i.indexrelid), con.contype::text, coalesce(con.condeferrable, false),
          coalesce(con.condeferred, false),
          pg_catalog.obj_description(i.indexrelid, 'pg_class'), pg_catalog.obj_description(con.oid, 'pg_constraint'),
          i.indisprimary, i.indisclustered, i.indisreplident, coalesce(ts.spcname, ''),
          CASE
            WHEN NOT (i.indisvalid AND i.indisready AND i.indislive) THEN 'it is not valid'
            WHEN con.contype = 'x'{(serverMajorVersion >= 18 ? " OR con.conperiod" : "")} THEN 'it belongs to an exclusion constraint'
            WHEN EXISTS (
              SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('n', 'a', 'e', 'x')
                AND ((d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = i.indexrelid)
                  OR (d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = con.oid)))
              THEN 'something depends on it, such as a foreign key of another table or a view'
            WHEN EXISTS (
              SELECT FROM pg_catalog.pg_depend d
              WHERE d.deptype IN ('e', 'x') AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid)
              THEN 'it belongs to an extension'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0)
              THEN 'it has statistics targets of its own'
            WHEN EXISTS (
              SELECT FROM pg_catalog.pg_description d
              WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = i.indexrelid AND d.objsubid > 0) THEN
                'its columns have comments'
          END, i.indrelid
        FROM unqualified CROSS JOIN pg_catalog.pg_index i
        JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
        LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
        LEFT JOIN pg_catalog.pg_constraint con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u',
          'x')
        WHERE i.indrelid = ANY ($1)
        ORDER BY ic.relname COLLATE "C"
        """;

    private static DroppedIndex ReadIndex(NpgsqlDataReader row, QualifiedName table) => new()
    {
        Table = table,
        Name = row.GetString(0),
        Definition = row.GetString(1),
        ConstraintKind = row.IsDBNull(2) ? null : row.GetChar(2) == 'p' ? "PRIMARY KEY" : "UNIQUE",
        IsDeferrable = row.GetBoolean(3),
        IsInitiallyDeferred = row.GetBoolean(4),
        Comment = Sql.TextOrNull(row, 5),
        ConstraintComment = Sql.TextOrNull(row, 6),
        IsPrimaryKey = row.GetBoolean(7),
        IsClustered = row.GetBoolean(8),
        IsReplicaIdentity = row.GetBoolean(9),
        Tablespace = row.GetString(10),
        Hindrance = Sql.TextOrNull(row, 11),
    };
}
