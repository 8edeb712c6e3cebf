using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Asks the server's counters whether this transaction has deleted or updated rows of the loaded tables.</summary>
/// <remarks>
/// TRUNCATE is not counted and need not be: PostgreSQL refuses it while another table's key refers to the table, whatever the state of the
/// triggers, unless that table is truncated with it.
/// Rows of a hypertable are counted in its chunks, so all inheriting tables are included. If track_counts is off, nothing is counted, and
/// the answer is yes.
/// </remarks>
internal static class RowRemoval
{
    public static async Task<bool> MayHaveHappenedAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT NOT pg_catalog.current_setting('track_counts')::bool OR EXISTS (
              WITH RECURSIVE below AS (
                SELECT oid FROM pg_catalog.unnest($1::oid[]) AS l(oid)
                UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below ON i.inhparent = below.oid)
              SELECT FROM below WHERE pg_catalog.pg_stat_get_xact_tuples_deleted(oid) + pg_catalog.pg_stat_get_xact_tuples_updated(oid) > 0)
            """;
        uint[] oids = [.. catalog.Tables.Select(table => table.Oid)];
        return await Sql.ScalarAsync<bool>(connection, Query, cancellationToken, oids).ConfigureAwait(false);
    }
}
