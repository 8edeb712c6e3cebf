using System.Diagnostics;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a backfill would do. Making an estimate changes nothing: it reads a few ledgers of the source and writes none.</summary>
internal sealed record BackfillEstimate
{
    // Measured with PostgreSQL 15 on two cores, one connection, and wallet-backend's keys and indexes.
    private const double RowsPerSecondOfConnection = 230_000;
    private const int MostSamples = 5;

    private static readonly Query KeyNames = new(
        "backfill.foreign_keys",
        "pg_constraint",
        """
        SELECT k.conname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'f' AND n.nspname = $1 AND c.relname = ANY ($2) ORDER BY 1
        """);

    /// <summary>The state of the ledgers of the range, in order.</summary>
    public required IReadOnlyList<LedgerSegment> Segments { get; init; }

    /// <summary>Ledgers that would be loaded.</summary>
    public required long Ledgers { get; init; }

    /// <summary>
    /// Transactions that would load them. <see cref="BackfillOptions.BatchBytes"/> may make more, smaller batches. About as many if they
    /// fill chunks or partitions, whose ledgers are known only when they are read.
    /// </summary>
    public required long Batches { get; init; }

    /// <summary>Ledgers that were read as samples, at most 5.</summary>
    public required int Samples { get; init; }

    /// <summary>Rows of all ledgers to load, at the average of the samples.</summary>
    public required TableRows Rows { get; init; }

    /// <summary>Bytes of rows that would be sent, at the average of the samples.</summary>
    public required long Bytes { get; init; }

    /// <summary>Processor time that the client would need on one processor, at the speed of the samples.</summary>
    public required TimeSpan ClientTime { get; init; }

    /// <summary>How long the server would take if it were as fast as the server of the published measurements.</summary>
    public required TimeSpan ServerTime { get; init; }

    /// <summary>How rows would be written, and why; null if there is nothing to load, or the tables do not exist and would not be
    /// created.</summary>
    public BackfillReport.FillSection? Fill { get; init; }

    /// <summary>Which foreign keys the history tables have, and who checks them, as a sentence.</summary>
    public required string ForeignKeys { get; init; }

    /// <summary>
    /// What the run would do about TimescaleDB's retention policies that would drop what it loads; null where there are none.
    /// </summary>
    public string? Retention { get; init; }

    /// <summary>Makes an estimate.</summary>
    /// <param name="source">Where ledgers are read; stays the caller's. A source that can be read only once is used up.</param>
    /// <param name="database">Where rows would be written; stays the caller's.</param>
    /// <param name="options">What the backfill would do; both ends of the range are required.</param>
    /// <param name="cancellationToken">Stops the estimate.</param>
    /// <exception cref="BackfillException">An option is out of range, or an end of the range is missing.</exception>
    public static async Task<BackfillEstimate> MakeAsync(
        ILedgerSource source, NpgsqlDataSource database, BackfillOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.From is not { } first || options.To is not { } last) throw BackfillThrow.EstimateNeedsRange();
        DatabaseState state = await DatabaseState.ReadAsync(database, cancellationToken).ConfigureAwait(false);
        List<LedgerSegment> segments =
            await GapSurvey.FindAsync(state, new LedgerSpan(first, last), cancellationToken).ConfigureAwait(false);
        List<LedgerSpan> work = [.. segments.Where(IsWork).Select(segment => segment.Span)];
        BesideChoice? choice =
            await ChooseAsync(state, options, segments, source is LedgerStore, cancellationToken).ConfigureAwait(false);
        long ledgers = work.Sum(span => span.Count);
        Sample sample = await Sample.ReadAsync(source, options, work, cancellationToken).ConfigureAwait(false);
        RetentionGuard retention = await RetentionGuard.ReadAsync(state.Runner, state.Schema, cancellationToken).ConfigureAwait(false);
        double factor = sample.Count == 0 ? 0 : (double)ledgers / sample.Count;
        TableRows rows = Scale(sample.Rows, factor);
        return new BackfillEstimate
        {
            Segments = segments,
            Ledgers = ledgers,
            Batches = segments.Where(IsWork).Sum(segment => BatchesOf(segment, options, choice)),
            Samples = sample.Count,
            ForeignKeys = await ForeignKeysAsync(state, cancellationToken).ConfigureAwait(false),
            Fill = choice is null
                ? null
                : new BackfillReport.FillSection(FillNotes.WayOf(choice.Kind), BackfillReport.FillSection.Tell(choice, null), 0, 0),
            Retention = sample.FirstClosed is { } closed ? retention.Foresee(work[0].First, closed, options.SuspendRetention) : null,
            Rows = rows,
            Bytes = (long)(sample.Bytes * factor),
            ClientTime = sample.Time * factor,
            ServerTime = TimeSpan.FromSeconds(rows.Total / (RowsPerSecondOfConnection * Math.Min(2, options.Connections))),
        };
    }

    // Upstream's history tables have no foreign key, so replica would gain nothing. Nor may it be used beside other writers of parents.
    private static async Task<string> ForeignKeysAsync(DatabaseState state, CancellationToken cancellationToken)
    {
        List<string> keys = await state.Runner.ListAsync(
            KeyNames, SqlValues.Of(state.Schema, HistoryTables.Names), static reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false);
        return keys.Count == 0
            ? "None on the history tables, so session_replication_role = replica would gain nothing and is not set."
            : $"PostgreSQL checks {string.Join(", ", keys)}; session_replication_role = replica is not set, because other programs may "
                + "write at the same time.";
    }

    private static bool IsWork(LedgerSegment segment) => segment.State is LedgerState.Missing or LedgerState.Torn;

    private static async Task<BesideChoice?> ChooseAsync(
        DatabaseState state, BackfillOptions options, List<LedgerSegment> segments, bool isStore, CancellationToken cancellationToken)
    {
        List<LedgerSpan> missing = [.. segments.Where(segment => segment.State == LedgerState.Missing).Select(segment => segment.Span)];
        if (missing.Count == 0) return null;
        if (state.HasHistory)
        {
            return await BesideChoice.DecideAsync(state.Runner, state.Schema, options.Fill, missing, isStore, cancellationToken)
                .ConfigureAwait(false);
        }

        if (!options.Migrate) return null;
        TimescaleExtension? extension = await TimescaleExtension.ReadAsync(state.Runner, cancellationToken).ConfigureAwait(false);
        return BesideChoice.OfNewTables(options.Fill, missing, isStore, extension is not null);
    }

    private static long BatchesOf(LedgerSegment segment, BackfillOptions options, BesideChoice? choice)
    {
        long most = segment.State == LedgerState.Torn ? options.BatchLedgers : choice?.Kind switch
        {
            BesideKind.Swap => long.MaxValue,
            BesideKind.Chunk or BesideKind.Partition => Math.Max(1, choice.WidthSeconds / BesideUnits.SecondsPerLedger),
            _ => options.BatchLedgers,
        };
        return ((segment.Span.Count - 1) / most) + 1;
    }

    private static TableRows Scale(TableRows rows, double factor) => new(
        (long)(rows.Transactions * factor), (long)(rows.TransactionsAccounts * factor), (long)(rows.Operations * factor),
        (long)(rows.OperationsAccounts * factor), (long)(rows.StateChanges * factor));

    // The first ledger that is read is the first one to load.
    private readonly record struct Sample(int Count, TableRows Rows, long Bytes, TimeSpan Time, long? FirstClosed)
    {
        public static async Task<Sample> ReadAsync(
            ILedgerSource source, BackfillOptions options, List<LedgerSpan> work, CancellationToken cancellationToken)
        {
            var sample = default(Sample);
            if (work.Count == 0) return sample;
            using var history = new HistoryTablesProjection(options.Network) { AllowNewerProtocol = options.AllowNewerProtocol };
            using var projector =
                new LedgerProjector(options.Network, [history], new PagePool()) { AllowNewerProtocol = options.AllowNewerProtocol };
            var budget = new ByteBudget(options.MemoryBytes);
            foreach (LedgerRange range in Ranges(source, work))
            {
                await foreach (LedgerBuffer ledger in source.ReadAsync(range, cancellationToken).ConfigureAwait(false))
                {
                    long? firstClosed = sample.FirstClosed ?? StoreReach.CloseTime(ledger, options.Network);
                    LedgerBytes bytes = await LedgerBytes.TakeAsync(budget, ledger, cancellationToken).ConfigureAwait(false);
                    long began = Stopwatch.GetTimestamp();
                    using LedgerRows rows = projector.Project(bytes, []);
                    sample = new Sample(
                        sample.Count + 1,
                        sample.Rows + TableRows.Of((HistoryCounts)rows.Parts[0].Facts!),
                        sample.Bytes + rows.ByteCount,
                        sample.Time + Stopwatch.GetElapsedTime(began),
                        firstClosed);
                }
            }

            return sample;
        }

        // Samples are spread over a store. Of a source that is read only from its beginning they are the first ledgers.
        private static IEnumerable<LedgerRange> Ranges(ILedgerSource source, List<LedgerSpan> work)
        {
            LedgerSpan first = work[0];
            if (source is not LedgerStore)
                return [new LedgerRange(first.First, (uint)Math.Min(first.Last, first.First + (long)MostSamples - 1))];
            uint last = work[^1].Last;
            IEnumerable<uint> spread = Enumerable.Range(0, MostSamples).Select(
                number => (uint)(first.First + ((last - (long)first.First) * number / (MostSamples - 1))));
            return spread.Distinct().Where(ledger => work.Exists(span => ledger >= span.First && ledger <= span.Last)).Select(
                ledger => new LedgerRange(ledger, ledger));
        }
    }
}
