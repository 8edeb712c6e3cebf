using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Which tables of a backfill exist.</summary>
internal sealed record DatabaseState(QueryRunner Runner, string Schema, bool HasHistory, bool HasBookkeeping, bool HasCursors)
{
    private const string Cursors = "ingest_store";
    private static readonly string[] Bookkeeping = ["backfill_batches", "backfill_leases"];

    private static readonly Query Present = new(
        "backfill.tables",
        "pg_class",
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY "
            + "($2) AND c.relkind IN ('r', 'p')");

    private static readonly Query LogPosition =
        new("backfill.log_position", "pg_wal", "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8");

    /// <summary>Reads which tables exist.</summary>
    public static async Task<DatabaseState> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        string schema = await SessionStart.RequireSchemaAsync(database, cancellationToken).ConfigureAwait(false);
        var runner = new QueryRunner(database, new QueryOptions { Schema = schema });
        string[] names = [.. HistoryTables.Names, .. Bookkeeping, Cursors];
        HashSet<string> found = await runner.RunAsync(
            Present,
            SqlValues.Of(schema, names),
            static async (reader, token) =>
            {
                var tables = new HashSet<string>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token).ConfigureAwait(false)) tables.Add(reader.GetString(0));
                return tables;
            },
            cancellationToken).ConfigureAwait(false);
        return new DatabaseState(
            runner, schema, HistoryTables.Names.All(found.Contains), Bookkeeping.All(found.Contains), found.Contains(Cursors));
    }

    /// <summary>The WAL insert position of the server, in bytes; null if it cannot be read.</summary>
    public async Task<long?> LogPositionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Runner.RunAsync(
                LogPosition,
                [],
                static async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetInt64(0) : 0,
                cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException)
        {
            // The run does not fail for a figure of its report.
            return null;
        }
    }
}
