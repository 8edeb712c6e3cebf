using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Finds sequences and functions that the server uses for each row of a table but that the role may not use. The server would refuse the
/// first batch.
/// </summary>
/// <remarks>
/// Examines defaults of columns that are not sent, generated columns, CHECK constraints, and expressions and predicates of indexes. An
/// identity column needs no privilege.
/// </remarks>
internal static class RowRights
{
    private const string Query = """
        WITH used AS (
          SELECT a.attrelid AS relation, 'column ' || a.attname AS what, 'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class, d.oid AS
            object, a.attname::text AS name, a.attgenerated <> '' AS always
            FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND NOT
              a.attisdropped WHERE d.adrelid = ANY ($1)
          UNION ALL SELECT c.conrelid, 'constraint ' || c.conname, 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid, '', true
            FROM pg_catalog.pg_constraint c WHERE c.conrelid = ANY ($1) AND c.contype = 'c'
          UNION ALL SELECT i.indrelid, 'index ' || r.relname, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid, '', true
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid WHERE i.indrelid = ANY ($1) AND (i.indexprs IS NOT
              NULL OR i.indpred IS NOT NULL))
        SELECT u.relation, u.what, u.name, u.always, n.nspname, s.relname, 'sequence'
          FROM used u JOIN pg_catalog.pg_depend p ON p.classid = u.class AND p.objid = u.object AND p.refclassid =
            'pg_catalog.pg_class'::pg_catalog.regclass
          JOIN pg_catalog.pg_class s ON s.oid = p.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
         WHERE CASE s.relkind WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') ELSE false END
        UNION SELECT u.relation, u.what, u.name, u.always, n.nspname, f.proname, 'function'
          FROM used u JOIN pg_catalog.pg_depend p ON p.classid = u.class AND p.objid = u.object AND p.refclassid =
            'pg_catalog.pg_proc'::pg_catalog.regclass
          JOIN pg_catalog.pg_proc f ON f.oid = p.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
         WHERE NOT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
         ORDER BY 1, 2, 5, 6
        """;

    /// <summary>Finds the missing privileges.</summary>
    /// <param name="connection">An open connection, inside a transaction or not.</param>
    /// <param name="tables">Tables that exist.</param>
    /// <param name="knowsColumns">Whether the columns of the tables are those that will be sent; if not, all defaults are assumed
    /// unused.</param>
    /// <param name="role">The role, quoted.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<IReadOnlyList<LoadFinding>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<TableState> tables, bool knowsColumns, string role, CancellationToken cancellationToken)
    {
        uint[] oids = [.. tables.Select(table => table.Oid)];
        List<(uint Table, string What, string Column, bool Always, QualifiedName Used, string Kind)> found = await Sql.RowsAsync(
            connection,
            Query,
            row => (Table: row.GetFieldValue<uint>(0), What: row.GetString(1), Column: row.GetString(2), Always: row.GetBoolean(3),
                Used: new QualifiedName(row.GetString(4), row.GetString(5)), Kind: row.GetString(6)),
            cancellationToken,
            oids).ConfigureAwait(false);
        var findings = new List<LoadFinding>();
        foreach ((uint Table, string What, string Column, bool Always, QualifiedName Used, string Kind) use in found)
        {
            TableState table = tables.First(state => state.Oid == use.Table);
            if (!use.Always && (!knowsColumns || table.Table.Columns.Contains(use.Column)))
                continue;
            (string right, string keyword) = use.Kind == "sequence" ? ("USAGE", "SEQUENCE") : ("EXECUTE", "FUNCTION");
            findings.Add(new LoadFinding(
                "rights", true,
                $"The role may not use {use.Kind} {use.Used}, which {use.What} of {table.Table} needs for every row.")
            {
                Missing = [new MissingRight(right, keyword, use.Used.Quoted, role)],
            });
        }

        return findings;
    }
}
