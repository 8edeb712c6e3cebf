using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Compresses chunks of the history tables whose ledgers a backfill has completed, during the run and at its end.</summary>
/// <remarks>
/// A chunk is complete if the bookkeeping has no gap in its ledgers, nor between them and one ledger before its time range and one after
/// it. Ledgers are compared by number, because two ledgers may share a second. Each chunk is compressed in its own transaction, which
/// records the ranges that chunk skipping needs, whatever the setting of the session. A failure is reported and affects no row. Chunks at
/// either end of the loaded ledgers are left to the policies.
/// </remarks>
internal sealed class ChunkCompressor : IAsyncDisposable
{
    private static readonly Backoff Looks = Backoff.Steady(TimeSpan.FromSeconds(2));

    // Transactions last: its rows decide about the other tables, and they are found faster in an uncompressed chunk.
    private static readonly Query Candidates = new(
        "chunks.uncompressed",
        "timescaledb_information.chunks",
        """
        SELECT c.hypertable_name::text, quote_ident(c.chunk_schema) || '.' || quote_ident(c.chunk_name),
          extract(epoch FROM c.range_start)::int8, extract(epoch FROM c.range_end)::int8
        FROM timescaledb_information.chunks c JOIN timescaledb_information.hypertables h
          ON h.hypertable_schema = c.hypertable_schema AND h.hypertable_name = c.hypertable_name
        WHERE c.hypertable_schema = $1 AND c.hypertable_name = ANY ($2) AND NOT c.is_compressed AND h.compression_enabled
        ORDER BY c.range_start DESC, c.hypertable_name = 'transactions', 1
        """);

    private static readonly Query LedgersOf = new(
        "chunks.ledgers",
        "transactions",
        """
        SELECT (min(to_id) >> 32)::int8, (max(to_id) >> 32)::int8 FROM {schema}."transactions"
        WHERE ledger_created_at >= to_timestamp($1) AND ledger_created_at < to_timestamp($2)
        """);

    private static readonly Query HasBefore = new(
        "chunks.has_before",
        "transactions",
        """
        SELECT EXISTS (SELECT FROM {schema}."transactions"
          WHERE to_id >= $1 << 32 AND to_id < $2 << 32 AND ledger_created_at < to_timestamp($3))
        """);

    private static readonly Query HasAfter = new(
        "chunks.has_after",
        "transactions",
        """
        SELECT EXISTS (SELECT FROM {schema}."transactions"
          WHERE to_id >= ($1 + 1) << 32 AND to_id < ($2 + 1) << 32 AND ledger_created_at >= to_timestamp($3))
        """);

    // A prefix that is not loaded yet accepts any setting, so an older version without this one does not fail.
    private static readonly Query RecordRanges = new(
        "chunks.record_ranges", "timescaledb", $"SELECT set_config('{TimescaleExtension.ChunkSkipping}', 'on', true)");

    private readonly BackfillRun run;
    private readonly TimescaleExtension extension;
    private readonly string schema;
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private Task looking = Task.CompletedTask;

    private ChunkCompressor(BackfillRun run, TimescaleExtension extension, string schema)
    {
        this.run = run;
        this.extension = extension;
        this.schema = schema;
    }

    /// <summary>Chunks that were compressed.</summary>
    public int Compressed { get; private set; }

    /// <summary>What could not be compressed, in full sentences.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Creates a compressor.</summary>
    /// <exception cref="BackfillException">The tables are no hypertables, or TimescaleDB is not installed.</exception>
    public static async Task<ChunkCompressor> CreateAsync(BackfillRun run, string schema, CancellationToken cancellationToken)
    {
        TimescaleExtension? extension =
            await TimescaleExtension.ReadAsync(new QueryRunner(run.Database), cancellationToken).ConfigureAwait(false);
        if (extension is null || !run.Plan.Preflight.Tables.Any(table => table.IsHypertable)) throw BackfillThrow.NothingToCompress(schema);
        return new ChunkCompressor(run, extension, schema);
    }

    /// <summary>Starts looking for complete chunks whenever batches were committed.</summary>
    public void Start() => looking = LookAsync();

    /// <summary>Stops the background search and compresses complete chunks once more.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await StopAsync().ConfigureAwait(false);
        await CompressAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task StopAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await looking.ConfigureAwait(false);
    }

    private async Task LookAsync()
    {
        int seen = 0;
        try
        {
            while (true)
            {
                await Looks.WaitAsync(1, stop.Token).ConfigureAwait(false);
                int batches = run.Meter.Batches;
                if (batches == seen) continue;
                seen = batches;
                await CompressAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    /// <summary>Compresses the chunks that are complete.</summary>
    private async Task CompressAsync(CancellationToken cancellationToken)
    {
        try
        {
            var runner = new QueryRunner(run.Database);
            List<Chunk> chunks = await runner.ListAsync(
                Candidates, SqlValues.Of(schema, HistoryTables.Names),
                static reader => new Chunk(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)),
                cancellationToken).ConfigureAwait(false);
            var judged = new Dictionary<(long Start, long End), bool>();
            foreach (Chunk chunk in chunks.Where(chunk => !refused.Contains(chunk.Name)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                (long Start, long End) time = (chunk.Start, chunk.End);
                if (!judged.TryGetValue(time, out bool isFinished))
                    judged.Add(time, isFinished = await IsFinishedAsync(runner, chunk, cancellationToken).ConfigureAwait(false));
                if (isFinished) await CompressAsync(chunk, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (DatabaseException error)
        {
            // The rows are safe, compressed or not. The next search, the next run or a policy compresses the rest.
            cancellationToken.ThrowIfCancellationRequested();
            Remark($"The search for chunks to compress failed: {error.Message}");
        }
    }

    private static async Task<bool> IsFinishedAsync(QueryRunner runner, Chunk chunk, CancellationToken cancellationToken)
    {
        List<LedgerSpan?> found = await runner.ListAsync(
            LedgersOf, SqlValues.Of(chunk.Start, chunk.End),
            static reader => reader.IsDBNull(0) ? (LedgerSpan?)null : new LedgerSpan((uint)reader.GetInt64(0), (uint)reader.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
        if (found is not [{ } ledgers] || ledgers.First == 0) return false;
        LedgerSpan there = await new BatchLog(runner).FindAroundAsync(ledgers.First, cancellationToken).ConfigureAwait(false);
        if (there.First > ledgers.First || there.Last < ledgers.Last) return false;
        return await IsAsync(HasBefore, there.First, ledgers.First, chunk.Start).ConfigureAwait(false)
            && await IsAsync(HasAfter, ledgers.Last, there.Last, chunk.End).ConfigureAwait(false);

        Task<bool> IsAsync(Query query, uint from, uint to, long time) =>
            runner.IsAsync(query, SqlValues.Of(from, to, time), cancellationToken);
    }

    private async Task CompressAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        try
        {
            LoadTransaction load = await LoadTransaction.OpenAsync(
                run.Database, new LoadTransactionOptions { LockTimeout = run.Options.LockTimeout }, cancellationToken)
                .ConfigureAwait(false);
            await using (load.ConfigureAwait(false))
            {
                await load.EnterOriginAsync(cancellationToken).ConfigureAwait(false);
                var compress = new Query("chunks.compress", chunk.Table, extension.CompressStatement);
                await load.GuardAsync(
                    $"Compressing chunk {chunk.Name} of {chunk.Table}",
                    async () =>
                    {
                        var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                        await runner.ExecuteAsync(RecordRanges, [], cancellationToken).ConfigureAwait(false);
                        await runner.ExecuteAsync(compress, SqlValues.Of(chunk.Name), cancellationToken).ConfigureAwait(false);
                    },
                    cancellationToken).ConfigureAwait(false);
                await load.CommitAsync().ConfigureAwait(false);
            }

            Compressed++;
        }
        catch (DatabaseException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            refused.Add(chunk.Name);
            Remark(error.Message);
        }
    }

    private void Remark(string remark)
    {
        if (!Remarks.Contains(remark)) Remarks.Add(remark);
    }

    private sealed record Chunk(string Table, string Name, long Start, long End);
}
