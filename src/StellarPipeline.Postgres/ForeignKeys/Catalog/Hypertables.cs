using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// Finds the hypertables of TimescaleDB: their rows are stored in chunks that inherit from them, so a query with <c>ONLY</c> returns none.
/// </summary>
/// <remarks>
/// They are read from the extension's own catalogue (<c>_timescaledb_catalog.hypertable</c>, readable by everybody), and only if the
/// extension is installed, because anybody could create a schema of that name. Chunks are the children of a hypertable in pg_inherits.
/// </remarks>
internal static class Hypertables
{
    private const string IsInstalled = """
        SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb')
          AND pg_catalog.to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL
        """;

    private const string Query = """
        SELECT c.oid FROM _timescaledb_catalog.hypertable h
        JOIN pg_catalog.pg_namespace n ON n.nspname = h.schema_name
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name
        """;

    /// <summary>The oids of all hypertables of the database.</summary>
    public static async Task<uint[]> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await Sql.ScalarAsync<bool>(connection, IsInstalled, cancellationToken).ConfigureAwait(false))
            return [];
        return [.. await Sql.RowsAsync(connection, Query, row => row.GetFieldValue<uint>(0), cancellationToken).ConfigureAwait(false)];
    }
}
