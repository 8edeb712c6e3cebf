using System.Diagnostics;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Knows up to which time rows of the history tables are in TimescaleDB's columnstore.</summary>
/// <remarks>
/// Some queries have two texts with the same result. A look-up for each parent and the order of the primary key are fast in row chunks. In
/// the columnstore each look-up reads the metadata of all batches of a chunk, so one scan finds all parents, and rows come in the order of
/// the columnstore (measured on 5 million state changes: 0.86 instead of 14 s for 50 parents, 2 instead of 94 ms for a page of all
/// transactions). The answer is kept for a minute, because chunks are compressed rarely. Safe for many threads.
/// </remarks>
internal sealed class Columnstore(QueryRunner runner)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private static readonly Query Edges = new(
        "columnstore.edges",
        "timescaledb_information.chunks",
        """
        SELECT hypertable_name::text, max(range_end) FROM timescaledb_information.chunks
        WHERE is_compressed AND hypertable_schema = (SELECT nspname FROM pg_namespace WHERE oid = '{schema}'::regnamespace) GROUP BY 1
        """);

    private static readonly Query NoWorkers = new(
        "columnstore.no_workers", "none", "SET LOCAL max_parallel_workers_per_gather = 0");

    private volatile Snapshot? last;

    /// <summary>Tells whether the rows at the start of a page may be in the columnstore.</summary>
    /// <param name="table">The table of the rows.</param>
    /// <param name="from">The time of the page's cursor; null if it has none.</param>
    /// <param name="range">The page's range of times.</param>
    /// <param name="descending">Whether the page is read from later to earlier rows.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public async Task<bool> HoldsAsync(
        string table, DateTime? from, TimeRange range, bool descending, CancellationToken cancellationToken)
    {
        DateTime? start = from ?? (descending ? range.Until : range.Since);
        return (await EdgesAsync(cancellationToken).ConfigureAwait(false)).TryGetValue(table, out DateTime edge)
            && (start is { } time ? time.ToUniversalTime() < edge : !descending);
    }

    /// <summary>Separates keys whose rows may be in the columnstore, with their times, from the others.</summary>
    /// <param name="table">The table of the rows.</param>
    /// <param name="keys">The keys of parents.</param>
    /// <param name="transactionOf">The transaction of a key, whose time is the key's.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    /// <returns>Both; every key of the first has a time.</returns>
    public async Task<(IReadOnlyList<EventKey> Columns, IReadOnlyList<EventKey> Rows)> DivideAsync(
        string table, IEnumerable<EventKey> keys, Func<long, long> transactionOf, CancellationToken cancellationToken)
    {
        EventKey[] all = [.. keys];
        if (!(await EdgesAsync(cancellationToken).ConfigureAwait(false)).TryGetValue(table, out DateTime edge)) return ([], all);
        if (all.Any(key => key.LedgerCreatedAt is null))
            all = await WithTimesAsync(all, transactionOf, cancellationToken).ConfigureAwait(false);
        ILookup<bool, EventKey> divided = all.ToLookup(key => key.LedgerCreatedAt?.ToUniversalTime() < edge);
        return ([.. divided[true]], [.. divided[false]]);
    }

    /// <summary>
    /// Keeps PostgreSQL from counting with parallel workers until the end of the transaction, if there are rows in the columnstore.
    /// </summary>
    /// <remarks>
    /// TimescaleDB counts columns in vectors, and whole batches by their metadata, in plans without workers only: 2 instead of 284 ms for a
    /// million state changes. Row chunks profit from workers.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public async Task AvoidWorkersAsync(CancellationToken cancellationToken)
    {
        if ((await EdgesAsync(cancellationToken).ConfigureAwait(false)).Count > 0)
            await runner.ExecuteAsync(NoWorkers, [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<string, DateTime>> EdgesAsync(CancellationToken cancellationToken)
    {
        if (last is { } known && Stopwatch.GetElapsedTime(known.At) < Fresh) return known.Edges;
        var edges = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        if (await TimescaleExtension.ReadAsync(runner, cancellationToken).ConfigureAwait(false) is not null)
        {
            foreach ((string table, DateTime end) in await runner.ListAsync(
                Edges, [], static reader => (reader.GetString(0), reader.GetDateTime(1)), cancellationToken).ConfigureAwait(false))
            {
                edges[table] = end.ToUniversalTime();
            }
        }

        last = new Snapshot(Stopwatch.GetTimestamp(), edges);
        return edges;
    }

    private async Task<EventKey[]> WithTimesAsync(
        EventKey[] keys, Func<long, long> transactionOf, CancellationToken cancellationToken)
    {
        long[] unknown = [.. keys.Where(key => key.LedgerCreatedAt is null).Select(key => transactionOf(key.Id)).Distinct()];
        IReadOnlyDictionary<long, TransactionRow> found = await new Transactions(runner)
            .GetByIdsAsync(unknown.Select(id => new EventKey(id)), TransactionColumns.None, cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(
            keys,
            key => key.LedgerCreatedAt is null && found.TryGetValue(transactionOf(key.Id), out TransactionRow? transaction)
                ? key with { LedgerCreatedAt = transaction.LedgerCreatedAt }
                : key);
    }

    private sealed record Snapshot(long At, IReadOnlyDictionary<string, DateTime> Edges);
}
