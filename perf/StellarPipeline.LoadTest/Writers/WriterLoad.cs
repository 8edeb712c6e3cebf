using System.Diagnostics;
using Npgsql;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>Measures one way at one size: some transactions of one batch each, into a table that is created for it.</summary>
internal sealed class WriterLoad(NpgsqlDataSource database, PagePool pool)
{
    private const int MaxRowsPerRound = 100_000;
    private const int MaxTransactions = 20;

    /// <summary>The number of transactions of a round at a size.</summary>
    public static int Transactions(int rows) => Math.Clamp(MaxRowsPerRound / rows, 1, MaxTransactions);

    /// <summary>
    /// Mean milliseconds of a transaction from the first byte of its batch to the answer of COMMIT; its opening is not counted. Rows and
    /// counters are verified.
    /// </summary>
    public async Task<double> MeasureAsync(WriterVariant variant, int rows, CancellationToken cancellationToken)
    {
        await CostServer.ScalarAsync(database, "DROP TABLE IF EXISTS public.target", cancellationToken);
        await CostServer.ScalarAsync(database, WriterRows.Definition, cancellationToken);
        await TransactAsync(
            new WriterVariant("before", RowWriterKind.Copy), WriterRows.Before(variant.NeedsNewKeys, pool), cancellationToken);
        await CostServer.ScalarAsync(database, "VACUUM ANALYZE public.target", cancellationToken);
        double milliseconds = 0;
        int transactions = Transactions(rows);
        for (int number = 0; number < transactions; number++)
            milliseconds += await TransactAsync(variant, WriterRows.Change(variant, number * rows, rows, pool), cancellationToken);
        await VerifyAsync(variant, rows * transactions, cancellationToken);
        if (pool.Outstanding != 0) throw LoadTestException.Failed($"{variant.Name} did not return all pages to the pool.");
        return milliseconds / transactions;
    }

    private async Task<double> TransactAsync(WriterVariant variant, RowBatch batch, CancellationToken cancellationToken)
    {
        long rows = batch.Rows;
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database, cancellationToken: cancellationToken);
        IBatchWriter writer = BatchWriters.Create(variant.Kind, load, new BatchWriterOptions { MaxArrayRows = variant.MaxArrayRows });

        // As in a load, which inspects the tables when it locks them.
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, [WriterRows.Table], cancellationToken);
        writer.Know(states);
        long started = Stopwatch.GetTimestamp();
        await writer.WriteAsync(batch, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
        await load.CommitAsync();
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        CopyCounters counters = writer.Counters.Single();
        long confirmed = counters.Inserted + counters.Updated + counters.Deleted + counters.Ignored + counters.NotFound;
        if (confirmed != rows)
            throw LoadTestException.Failed(FormattableString.Invariant($"{variant.Name} confirmed {confirmed} of {rows} rows."));
        return milliseconds;
    }

    /// <summary>
    /// The even numbers from 0 on existed, as far as the table had them; the numbers that markers delete are multiples of 4.
    /// </summary>
    private async Task VerifyAsync(WriterVariant variant, int numbers, CancellationToken cancellationToken)
    {
        int there = variant.NeedsNewKeys ? 0 : Math.Min((numbers + 1) / 2, WriterRows.Held);
        int gone = variant.HasMarker ? (numbers + 3) / 4 : 0;
        int all = WriterRows.Held + numbers - there - gone;
        int changed = variant.Kind == RowWriterKind.InsertOrIgnore ? numbers - there : numbers - gone;
        var found = ((long)(await CostServer.ScalarAsync(database, "SELECT count(*) FROM public.target", cancellationToken))!,
            (long)(await CostServer.ScalarAsync(
                database, "SELECT count(*) FROM public.target WHERE last_modified_ledger = 2", cancellationToken))!);
        if (found != (all, changed))
        {
            throw LoadTestException.Failed(
                FormattableString.Invariant($"{variant.Name}: the table has {found} rows (all, written) instead of {(all, changed)}."));
        }
    }
}
