using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Finds what other programs expect to see of each inserted row. Rows that come with a whole table, chunk or partition pass it by.
/// </summary>
internal static class BesideBlock
{
    private static readonly Query Triggers = new(
        "beside.triggers",
        "pg_trigger",
        """
        SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = $1 AND c.relname = ANY ($2) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 4 <> 0
            AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_proc'::regclass AND d.objid = t.tgfoid AND d.deptype = 'e' AND e.extname = 'timescaledb'))
        """);

    // Rows are published under the name that their table has when they are written, and only if that table is published.
    private static readonly Query Published = new(
        "beside.published",
        "pg_publication",
        """
        SELECT current_setting('wal_level') = 'logical' AND EXISTS (SELECT FROM pg_publication p
          WHERE p.pubinsert AND (p.puballtables OR EXISTS (SELECT FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid AND n.nspname = $1 AND c.relname = ANY ($2))))
        """);

    // PostgreSQL 15 or newer.
    private static readonly Query HasSchemaPublications = new(
        "beside.has_schema_publications", "pg_class", "SELECT to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL");

    private static readonly Query SchemaPublished = new(
        "beside.schema_published",
        "pg_publication_namespace",
        """
        SELECT current_setting('wal_level') = 'logical' AND EXISTS (SELECT FROM pg_publication p
          JOIN pg_publication_namespace s ON s.pnpubid = p.oid JOIN pg_namespace n ON n.oid = s.pnnspid
          WHERE p.pubinsert AND n.nspname = $1)
        """);

    private static readonly Query Aggregates = new(
        "beside.aggregates",
        "_timescaledb_catalog.continuous_agg",
        """
        SELECT EXISTS (SELECT FROM _timescaledb_catalog.continuous_agg a
          JOIN _timescaledb_catalog.hypertable h ON h.id = a.raw_hypertable_id WHERE h.schema_name = $1 AND h.table_name = ANY ($2))
        """);

    /// <summary>Says why rows must be inserted one by one, as the end of a sentence; null if nothing requires it.</summary>
    /// <param name="runner">Where the queries run.</param>
    /// <param name="schema">The schema of the tables.</param>
    /// <param name="tables">Their names.</param>
    /// <param name="kind">What the separate tables would become.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public static async Task<string?> FindAsync(
        QueryRunner runner, string schema, string[] tables, BesideKind kind, CancellationToken cancellationToken)
    {
        // A table that replaces another is compared with it, triggers included.
        if (kind != BesideKind.Swap && await IsAsync(Triggers).ConfigureAwait(false))
            return "a history table has a trigger for inserted rows, which would not see them";
        bool isPublished = await IsAsync(Published).ConfigureAwait(false)
            || (await runner.IsAsync(HasSchemaPublications, [], cancellationToken).ConfigureAwait(false)
                && await runner.IsAsync(SchemaPublished, SqlValues.Of(schema), cancellationToken).ConfigureAwait(false));
        if (isPublished) return "a publication sends inserted rows to subscribers, under the name of the table that they are written to";
        if (kind == BesideKind.Chunk && await IsAsync(Aggregates).ConfigureAwait(false))
            return "a continuous aggregate has to be told of every inserted row";
        return null;

        Task<bool> IsAsync(Query query) => runner.IsAsync(query, SqlValues.Of(schema, tables), cancellationToken);
    }
}
