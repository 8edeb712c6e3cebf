using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>What one schema holds, as lines of text that can be compared: no object id, no owner, no statistics.</summary>
internal static class Catalogue
{
    /// <summary>Everything except tracking tables.</summary>
    public static async Task<List<string>> DumpAsync(TestDatabase database, string schema = "public") =>
    [
        .. await database.RowsAsync($"""
            SELECT 'table', c.relname, c.relpersistence, coalesce(array_to_string(c.reloptions, ','), '')
              FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident('{schema}')) AND c.relkind = 'r' AND c.relname NOT LIKE
                '%\_migrations' ORDER BY 2
            """),
        .. await database.RowsAsync($"""
            SELECT 'column', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
              coalesce(pg_get_expr(d.adbin, d.adrelid), '')
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON
                d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = to_regnamespace(quote_ident('{schema}')) AND c.relkind = 'r' AND c.relname NOT LIKE '%\_migrations'
               ORDER BY 2, 3
            """),
        .. await database.RowsAsync($"""
            SELECT 'constraint', c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.condeferrable, c.condeferred,
              c.convalidated
              FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
             WHERE c.connamespace = to_regnamespace(quote_ident('{schema}')) AND c.contype IN ('p', 'u', 'f', 'c', 'x') AND t.relname NOT
               LIKE '%\_migrations' ORDER BY 2, 3
            """),
        .. await database.RowsAsync(
            $"SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = '{schema}' AND tablename NOT LIKE "
                + $"'%\\_migrations' ORDER BY 2, 3"),
        .. await database.RowsAsync($"""
            SELECT 'trigger', t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid)
              FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace =
                to_regnamespace(quote_ident('{schema}')) ORDER BY 2, 3
            """),
        .. await database.RowsAsync(
            $"SELECT 'function', p.proname, pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = "
                + $"to_regnamespace(quote_ident('{schema}')) ORDER BY 2"),
    ];
}
