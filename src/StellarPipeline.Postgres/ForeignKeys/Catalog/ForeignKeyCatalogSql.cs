namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>The catalogue queries. Every one takes the loaded tables' oids as $1, except the two that find them.</summary>
internal static class ForeignKeyCatalogSql
{
    /// <summary>$1 text[]: names as SQL writes them. A name that does not resolve gives a row with a NULL oid.</summary>
    public const string TablesByName = """
        SELECT n.name, c.oid, ns.nspname, c.relname, c.relkind::text, c.relispartition, c.reltuples
        FROM unnest($1::text[]) WITH ORDINALITY AS n(name, position)
        LEFT JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(n.name)
        LEFT JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
        ORDER BY n.position
        """;

    /// <summary>
    /// $1 text: schema. Partitions are left out, because their rows are loaded through the partitioned table. So are the tables of
    /// extensions, which a load does not fill.
    /// </summary>
    public const string TablesBySchema = """
        SELECT ns.nspname, c.oid, ns.nspname, c.relname, c.relkind::text, c.relispartition, c.reltuples
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
        WHERE ns.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')
        ORDER BY c.relname COLLATE "C"
        """;

    public const string Columns = """
        SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT (a.attnotnull OR (t.typtype = 'd' AND
          t.typnotnull))
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attrelid, a.attnum
        """;

    public const string Triggers = Family + """
        SELECT ns.nspname, c.relname, t.tgname, t.tgenabled::text, (t.tgtype & 4) <> 0, (t.tgtype & 16) <> 0, (t.tgtype & 40) <> 0
        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace ns ON ns.oid =
          c.relnamespace
        WHERE t.tgrelid IN (SELECT relation FROM below) AND NOT t.tgisinternal AND t.tgparentid = 0
        ORDER BY ns.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C"
        """;

    public const string DeferrableConstraints = Family + """
        SELECT ns.nspname, c.relname, con.conname
        FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class c ON c.oid = con.conrelid JOIN pg_catalog.pg_namespace ns ON ns.oid =
          c.relnamespace
        WHERE con.conrelid IN (SELECT relation FROM below) AND con.contype IN ('p', 'u', 'x') AND con.condeferrable
        ORDER BY ns.nspname COLLATE "C", c.relname COLLATE "C", con.conname COLLATE "C"
        """;

    /// <summary>
    /// Which loaded tables share rows with which other relation: itself, the partitioned tables above it, the partitions below it.
    /// </summary>
    public const string FamilyPairs = Family + "SELECT loaded, relation FROM family";

    /// <summary>
    /// "below" is what COPY into a loaded table can write to (the table and its partitions); "family" adds the partitioned tables above it,
    /// because their keys check its rows too.
    /// Plain inheritance is left out on purpose: COPY does not route to inheriting tables, and a foreign key does not apply to them.
    /// </summary>
    private const string Family = """
        WITH loaded AS (SELECT oid FROM pg_catalog.unnest($1::oid[]) AS l(oid)),
        below AS (
          SELECT l.oid AS loaded, l.oid AS relation FROM loaded l
          UNION SELECT l.oid, t.relid::oid FROM loaded l CROSS JOIN LATERAL pg_catalog.pg_partition_tree(l.oid) t),
        family AS (
          SELECT loaded, relation FROM below
          UNION SELECT l.oid, a.relid::oid FROM loaded l CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(l.oid) a)

        """;

    /// <summary>One row per column pair of every top-level key that touches the family, in key order.</summary>
    /// <remarks>Definitions are qualified because the statement first empties the search path; in a transaction, the caller must restore
    /// it. $2 oid[]: the hypertables. The keys that TimescaleDB keeps per chunk are left out, because they repeat that of the
    /// hypertable.</remarks>
    /// <param name="serverMajorVersion">Major version of the server; NOT ENFORCED and PERIOD exist from 18 on.</param>
    public static string Keys(int serverMajorVersion)
    {
        string enforced = serverMajorVersion >= 18 ? "con.conenforced" : "true";
        string temporal = serverMajorVersion >= 18 ? "con.conperiod" : "false";
        return Family.TrimEnd() + $"""
            ,
            unqualified AS MATERIALIZED (SELECT pg_catalog.set_config('search_path', '', true))
            SELECT con.oid, con.conname,
              con.conrelid, fns.nspname, fc.relname, fc.relkind = 'p' OR fc.oid = ANY ($2),
              con.confrelid, pns.nspname, pc.relname, pc.relkind = 'p' OR pc.oid = ANY ($2),
              con.confmatchtype::text, con.confupdtype::text, con.confdeltype::text, con.condeferrable, con.condeferred, con.convalidated,
                {enforced}, {temporal},
              (WITH RECURSIVE tree AS (
                 SELECT con.oid UNION ALL SELECT child.oid FROM pg_catalog.pg_constraint child JOIN tree ON child.conparentid = tree.oid)
               SELECT pg_catalog.string_agg(DISTINCT t.tgenabled::text, '') FROM pg_catalog.pg_trigger t WHERE t.tgconstraint IN (SELECT oid
                 FROM tree)),
              fa.attname, pa.attname, NOT (fa.attnotnull OR (ft.typtype = 'd' AND ft.typnotnull)),
              'OPERATOR(' || pg_catalog.quote_ident(ons.nspname) || '.' || op.oprname || ')',
              CASE WHEN op.oprleft <> pa.atttypid AND lt.typtype <> 'p'
                THEN pg_catalog.quote_ident(lns.nspname) || '.' || pg_catalog.quote_ident(lt.typname) END,
              CASE WHEN op.oprright <> fa.atttypid AND rt.typtype <> 'p'
                THEN pg_catalog.quote_ident(rns.nspname) || '.' || pg_catalog.quote_ident(rt.typname) END,
              CASE WHEN pa.attcollation <> fa.attcollation THEN pg_catalog.quote_ident(cns.nspname) || '.' ||
                pg_catalog.quote_ident(coll.collname) END,
              pg_catalog.pg_get_constraintdef(con.oid)
            FROM unqualified CROSS JOIN pg_catalog.pg_constraint con
            JOIN pg_catalog.pg_class fc ON fc.oid = con.conrelid JOIN pg_catalog.pg_namespace fns ON fns.oid = fc.relnamespace
            JOIN pg_catalog.pg_class pc ON pc.oid = con.confrelid JOIN pg_catalog.pg_namespace pns ON pns.oid = pc.relnamespace
            CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey), pg_catalog.unnest(con.conpfeqop))
              WITH ORDINALITY AS pair(fkey, pkey, equality, position)
            JOIN pg_catalog.pg_attribute fa ON fa.attrelid = con.conrelid AND fa.attnum = pair.fkey JOIN pg_catalog.pg_type ft ON ft.oid =
              fa.atttypid
            JOIN pg_catalog.pg_attribute pa ON pa.attrelid = con.confrelid AND pa.attnum = pair.pkey
            JOIN pg_catalog.pg_operator op ON op.oid = pair.equality JOIN pg_catalog.pg_namespace ons ON ons.oid = op.oprnamespace
            JOIN pg_catalog.pg_type lt ON lt.oid = op.oprleft JOIN pg_catalog.pg_namespace lns ON lns.oid = lt.typnamespace
            JOIN pg_catalog.pg_type rt ON rt.oid = op.oprright JOIN pg_catalog.pg_namespace rns ON rns.oid = rt.typnamespace
            LEFT JOIN pg_catalog.pg_collation coll ON coll.oid = pa.attcollation LEFT JOIN pg_catalog.pg_namespace cns ON cns.oid =
              coll.collnamespace
            WHERE con.contype = 'f' AND con.conparentid = 0
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = ANY ($2) AND i.inhrelid IN (con.conrelid,
                con.confrelid))
              AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = con.conrelid AND d.objsubid = 0 AND d.deptype =
                  'e')
              AND (con.conrelid IN (SELECT relation FROM family) OR con.confrelid IN (SELECT relation FROM family))
            ORDER BY con.oid, pair.position
            """;
    }
}
