using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Reads the definitions of the history tables, for separate tables that must match them.</summary>
internal static class BesideCatalog
{
    // format() with the same names gives the beginning of pg_get_indexdef up to USING, so that part can be cut off by its length.
    private static readonly Query Indexes = new(
        "beside.indexes",
        "pg_index",
        """
        SELECT ic.relname::text, pg_get_constraintdef(con.oid), i.indisunique,
          substring(pg_get_indexdef(i.indexrelid) FROM length(format('CREATE %sINDEX %I ON %s%I.%I ',
            CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, ic.relname, CASE WHEN c.relkind = 'p' THEN 'ONLY ' ELSE '' END,
            n.nspname, c.relname)) + 1)
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
        WHERE n.nspname = $1 AND c.relname = $2
        ORDER BY i.indisprimary DESC, ic.relname COLLATE "C"
        """);

    private static readonly Query Grants = new(
        "beside.grants",
        "pg_class",
        """
        SELECT a.privilege_type, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, a.is_grantable
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a
        LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE n.nspname = $1 AND c.relname = $2 AND a.grantee <> c.relowner
        """);

    /// <summary>
    /// Everything a table can have, with or without CREATE TABLE LIKE copying it. A table that takes the place of another must show the
    /// same. Of the options of a column it reads those that a user can set.
    /// </summary>
    private static readonly Query Fingerprint = new(
        "beside.fingerprint",
        "pg_class",
        """
        SELECT string_agg(concat_ws(' ', c.relname, c.relkind, c.relowner, c.relam, c.reltablespace, c.relpersistence, c.relreplident,
          c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloftype, c.reloptions, obj_description(c.oid, 'pg_class'),
          (SELECT string_agg(x::text, ',' ORDER BY x::text COLLATE "C") FROM unnest(c.relacl) x),
          (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
            a.attstorage, a.attcollation, a.attacl,
            (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%'), to_jsonb(a) ->> 'attstattarget',
              to_jsonb(a) ->> 'attcompression',
            pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)), ';' ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
          (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid), k.convalidated, k.connoinherit, k.conislocal,
            obj_description(k.oid, 'pg_constraint')), ';' ORDER BY k.conname COLLATE "C") FROM pg_constraint k WHERE k.conrelid = c.oid),
          (SELECT string_agg(concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisreplident, i.indisvalid,
            ic.reltablespace, obj_description(ic.oid, 'pg_class')), ';' ORDER BY ic.relname COLLATE "C")
            FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid),
          (SELECT string_agg(t.tgname, ';' ORDER BY t.tgname COLLATE "C") FROM pg_trigger t WHERE t.tgrelid = c.oid),
          (SELECT count(*) FROM pg_rewrite r WHERE r.ev_class = c.oid), (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid),
          (SELECT count(*) FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)),
          (SELECT string_agg(u.prpubid::text, ';' ORDER BY u.prpubid) FROM pg_publication_rel u WHERE u.prrelid = c.oid),
          (SELECT count(*) FROM pg_statistic_ext s WHERE s.stxrelid = c.oid), (SELECT count(*) FROM pg_seclabel l WHERE l.objoid = c.oid),
          (SELECT count(*) FROM pg_depend o WHERE o.refobjid = c.oid AND o.deptype IN ('n', 'e', 'x')),
          (SELECT count(*) FROM pg_depend o WHERE o.objid = c.oid AND o.deptype IN ('e', 'x'))
          ), E'\n' ORDER BY c.relname COLLATE "C")
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2)
        """);

    private static readonly Query HasRows = new(
        "beside.rows",
        "transactions",
        $"SELECT "
            + $"{string.Join(
                " OR ", HistoryTables.All.Select(table => $"EXISTS (SELECT FROM {{schema}}.{CopyTable.Quote(table.Name)})"))}");

    /// <summary>Whether any history table has a row.</summary>
    public static Task<bool> HasRowsAsync(QueryRunner runner, CancellationToken cancellationToken) =>
        runner.IsAsync(HasRows, [], cancellationToken);

    /// <summary>The keys and indexes of a history table, the primary key first.</summary>
    public static Task<List<BesideIndex>> IndexesAsync(
        QueryRunner runner, string schema, CopyTable table, CancellationToken cancellationToken) =>
            runner.ListAsync(
                Indexes,
                SqlValues.Of(schema, table.Name),
                static reader => new BesideIndex(
                    reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetBoolean(2), reader.GetString(3)),
                cancellationToken);

    /// <summary>The statements that grant the rights on a history table on another table too.</summary>
    public static async Task<List<string>> GrantsAsync(
        QueryRunner runner, string schema, CopyTable table, string standIn, CancellationToken cancellationToken)
    {
        List<(string Right, string Role, bool IsGrantable)> rights = await runner.ListAsync(
            Grants,
            SqlValues.Of(schema, table.Name),
            static reader => (reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)),
            cancellationToken).ConfigureAwait(false);
        return
        [
            .. rights.Select(right => $"GRANT {right.Right} ON {standIn} TO {right.Role}{(right.IsGrantable ? " WITH GRANT OPTION" : "")}"),
        ];
    }

    /// <summary>A text with every known property of the history tables, for comparison.</summary>
    public static Task<string> FingerprintAsync(QueryRunner runner, string schema, CancellationToken cancellationToken) => runner.RunAsync(
        Fingerprint,
        SqlValues.Of(schema, HistoryTables.Names),
        static async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetString(0) : "",
        cancellationToken);
}
