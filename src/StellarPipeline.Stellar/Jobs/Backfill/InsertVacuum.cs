using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Keeps inserts from triggering autovacuum on hypertables until a backfill has ended.</summary>
/// <remarks>
/// wallet-backend sets the same permanently on its hypertables since September 2026: with many inserts, autovacuum read each chunk four to
/// five times before it was compressed. Here the setting is reset at the end, so that tables that stay uncompressed are vacuumed then. The
/// threshold is one below upstream's. So a later run can tell this temporary setting from a permanent one, even after a run was killed. The
/// last process that works on a database resets it. Best effort: without the right to change the tables, nothing is changed.
/// </remarks>
internal sealed class InsertVacuum(BackfillRun run)
{
    private const string Threshold = "autovacuum_vacuum_insert_threshold=1999999999";

    // Do not wait long for the locks of others on these tables.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Query Read = new(
        "backfill.insert_vacuum",
        "pg_class",
        """
        SELECT c.relname::text, coalesce(array_to_string(c.reloptions, ','), '')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1
        """);

    private static readonly Query Others = new(
        "backfill.others_at_work",
        "backfill_leases",
        "SELECT EXISTS (SELECT FROM {schema}.\"backfill_leases\" WHERE owner IS NOT NULL AND expires_at > clock_timestamp())");

    /// <summary>Raises the thresholds of tables that have no such setting of their own.</summary>
    public Task PostponeAsync(CancellationToken cancellationToken) => ChangeAsync(
        "Postponing insert vacuum",
        options => !options.Contains("autovacuum_vacuum_insert_", StringComparison.Ordinal),
        $"SET (autovacuum_vacuum_insert_scale_factor=100, {Threshold})", isEnd: false, cancellationToken);

    /// <summary>Resets what this or another run has set, unless other processes are still loading.</summary>
    public Task RestoreAsync(CancellationToken cancellationToken) => ChangeAsync(
        "Resetting insert vacuum",
        options => options.Contains(Threshold, StringComparison.Ordinal),
        "RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold)", isEnd: true, cancellationToken);

    private async Task ChangeAsync(
        string doing, Func<string, bool> isMeant, string change, bool isEnd, CancellationToken cancellationToken)
    {
        string[] names = [.. run.Plan.Preflight.Tables.Where(table => table.IsHypertable).Select(table => table.Name!)];
        if (names.Length == 0) return;
        try
        {
            LoadTransaction load = await LoadTransaction.OpenAsync(
                run.Database, new LoadTransactionOptions { LockTimeout = Patience }, cancellationToken).ConfigureAwait(false);
            await using (load.ConfigureAwait(false))
            {
                // Under replica, TimescaleDB would change the tables but not their chunks.
                await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
                await load.GuardAsync(doing, async () =>
                {
                    var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                    if (isEnd && await runner.IsAsync(Others, [], cancellationToken).ConfigureAwait(false)) return;
                    List<(string Table, string Options)> tables = await runner.ListAsync(
                        Read, SqlValues.Of(load.RequireSchema(), names),
                        static reader => (reader.GetString(0), reader.GetString(1)), cancellationToken).ConfigureAwait(false);
                    foreach ((string table, _) in tables.Where(table => isMeant(table.Options)))
                    {
                        var alter = new Query("backfill.alter_" + table, table, $"ALTER TABLE {{schema}}.\"{table}\" {change}");
                        await runner.ExecuteAsync(alter, [], cancellationToken).ConfigureAwait(false);
                    }
                }, cancellationToken).ConfigureAwait(false);
                await load.CommitAsync().ConfigureAwait(false);
            }
        }
        catch (DatabaseException)
        {
            // A lock or the state of the server prevented it. The load does not need it, and the next run resets what is left.
        }
    }
}
