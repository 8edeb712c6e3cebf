using Npgsql;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What the bookkeeping of backfills says about a database: what is loaded, what is being loaded, and what waits.</summary>
/// <param name="Batches">Batches that were loaded, and runs of ledgers that were found.</param>
/// <param name="Ledgers">Ledgers of all batches.</param>
/// <param name="Span">From the first to the last ledger of all batches, with the gaps between them; null where there is no batch.</param>
/// <param name="BeingLoaded">Ledgers that processes hold leases of.</param>
/// <param name="Waiting">Ledgers that a run has planned and that no process loads. A run that ended left them, or they come next.</param>
/// <param name="Processes">Runs that hold leases.</param>
internal sealed record BackfillState(long Batches, long Ledgers, LedgerSpan? Span, long BeingLoaded, long Waiting, long Processes)
{
    private static readonly Query Loaded = new(
        "backfill.loaded",
        "backfill_batches",
        """
        SELECT count(*), coalesce(sum(last_ledger::int8 - first_ledger + 1), 0)::int8, min(first_ledger)::int8, max(last_ledger)::int8
        FROM {schema}."backfill_batches"
        """);

    private static readonly Query Leased = new(
        "backfill.leased",
        "backfill_leases",
        """
        SELECT coalesce(sum(size) FILTER (WHERE held), 0)::int8, coalesce(sum(size) FILTER (WHERE NOT held), 0)::int8,
          count(DISTINCT owner) FILTER (WHERE held)
        FROM (
          SELECT last_ledger::int8 - first_ledger + 1 AS size, owner, owner IS NOT NULL AND expires_at >= clock_timestamp() AS held
          FROM {schema}."backfill_leases"
        ) leases
        """);

    /// <summary>Reads it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>The state; null where no backfill has run on the database.</returns>
    public static async Task<BackfillState?> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        DatabaseState tables = await DatabaseState.ReadAsync(database, cancellationToken).ConfigureAwait(false);
        if (!tables.HasBookkeeping) return null;
        BackfillState loaded = (await tables.Runner.ListAsync(
            Loaded,
            [],
            static reader => new BackfillState(
                reader.GetInt64(0), reader.GetInt64(1),
                reader.IsDBNull(2) ? null : new LedgerSpan((uint)reader.GetInt64(2), (uint)reader.GetInt64(3)), 0, 0, 0),
            cancellationToken).ConfigureAwait(false))[0];
        return (await tables.Runner.ListAsync(
            Leased,
            [],
            reader => loaded with { BeingLoaded = reader.GetInt64(0), Waiting = reader.GetInt64(1), Processes = reader.GetInt64(2) },
            cancellationToken).ConfigureAwait(false))[0];
    }
}
