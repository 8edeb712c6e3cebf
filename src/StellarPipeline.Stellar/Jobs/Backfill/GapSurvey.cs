using Npgsql;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Which ledgers of a range the history tables hold, and what the cursors say of it. Reading it changes nothing.</summary>
public sealed record GapSurvey
{
    /// <summary>The ledgers that were looked at; null where no range was given and the database tells of none.</summary>
    public required LedgerSpan? Range { get; init; }

    /// <summary>What is known of them, in order. A batch that was loaded is told whole, also where it reaches beyond the range.</summary>
    public required IReadOnlyList<LedgerSegment> Segments { get; init; }

    /// <summary>oldest_ingest_ledger; null where there is none.</summary>
    public required uint? Oldest { get; init; }

    /// <summary>latest_ingest_ledger; null where there is none.</summary>
    public required uint? Latest { get; init; }

    /// <summary>Whether there is a bookkeeping: false in a database that no backfill has worked on.</summary>
    public required bool HasBookkeeping { get; init; }

    /// <summary>
    /// The first ledger that is missing or torn although it lies between the cursors, which say that it is there; null where they tell the
    /// truth.
    /// </summary>
    public LedgerSegment? CursorLie
    {
        get
        {
            foreach (LedgerSegment segment in Segments)
            {
                // The ledger of a checkpoint has balances and no history: both cursors begin there.
                bool isClaimed =
                    Oldest is { } oldest && segment.Span.Last > oldest && (Latest is not { } latest || segment.Span.First <= latest);
                if (isClaimed && segment.State is (LedgerState.Missing or LedgerState.Torn)) return segment;
            }

            return null;
        }
    }

    /// <summary>How many ledgers are in a state.</summary>
    /// <param name="state">The state.</param>
    public long CountOf(LedgerState state) => Segments.Where(segment => segment.State == state).Sum(segment => segment.Span.Count);

    /// <summary>Looks at a database.</summary>
    /// <param name="database">The database; stays the caller's.</param>
    /// <param name="first">The first ledger; null for the first one that tables, bookkeeping or cursors tell of.</param>
    /// <param name="last">The last ledger; null for the last one that they tell of.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="Postgres.DatabaseException">The database cannot be read.</exception>
    public static async Task<GapSurvey> ReadAsync(
        NpgsqlDataSource database, uint? first, uint? last, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        DatabaseState state = await DatabaseState.ReadAsync(database, cancellationToken).ConfigureAwait(false);
        IngestStore? cursors = state.HasCursors ? new IngestStore(database) : null;
        uint? oldest = cursors is null ? null : await cursors.GetAsync(IngestStore.Oldest, cancellationToken).ConfigureAwait(false);
        uint? latest = cursors is null ? null : await cursors.GetAsync(IngestStore.Latest, cancellationToken).ConfigureAwait(false);
        LedgerSpan? batches =
            state.HasBookkeeping ? await new BatchLog(state.Runner).FindBoundsAsync(cancellationToken).ConfigureAwait(false) : null;
        LedgerSpan? rows =
            state.HasHistory ? await new LedgerInventory(state.Runner).FindBoundsAsync(cancellationToken).ConfigureAwait(false) : null;
        uint?[] lows = [batches?.First, rows?.First, oldest], highs = [batches?.Last, rows?.Last, latest];
        first ??= lows.Min();
        last ??= highs.Max();
        LedgerSpan? range = first is { } low && last is { } high && low <= high ? new LedgerSpan(low, high) : null;
        return new GapSurvey
        {
            Range = range,
            Segments = range is { } span ? await FindAsync(state, span, cancellationToken).ConfigureAwait(false) : [],
            Oldest = oldest,
            Latest = latest,
            HasBookkeeping = state.HasBookkeeping,
        };
    }

    internal static async Task<List<LedgerSegment>> FindAsync(DatabaseState state, LedgerSpan range, CancellationToken cancellationToken) =>
        state.HasHistory
            ? await new GapFinder(state.Runner, state.HasBookkeeping).FindAsync(range, trustsBookkeeping: false, cancellationToken)
                .ConfigureAwait(false)
            : [new LedgerSegment(range, LedgerState.Missing, default)];
}
