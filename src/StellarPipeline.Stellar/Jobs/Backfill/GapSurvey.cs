using Npgsql;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Which ledgers of a range the history tables hold, and what the cursors claim. Reading it changes nothing.</summary>
public sealed record GapSurvey
{
    /// <summary>The ledgers that were examined; null if no range was given and the database has no ledgers.</summary>
    public required LedgerSpan? Range { get; init; }

    /// <summary>Their states, in order. A loaded batch is returned whole, even if it extends beyond the range.</summary>
    public required IReadOnlyList<LedgerSegment> Segments { get; init; }

    /// <summary>The cursor oldest_ingest_ledger; null if there is none.</summary>
    public required uint? Oldest { get; init; }

    /// <summary>The cursor latest_ingest_ledger; null if there is none.</summary>
    public required uint? Latest { get; init; }

    /// <summary>Whether the bookkeeping tables exist. A database that no backfill has used does not have them.</summary>
    public required bool HasBookkeeping { get; init; }

    /// <summary>
    /// The first missing or torn segment between the two cursors, which claim that all ledgers between them are there; null if there is
    /// none.
    /// </summary>
    public LedgerSegment? CursorLie
    {
        get
        {
            foreach (LedgerSegment segment in Segments)
            {
                // The ledger of a checkpoint has balances and no history. Both cursors begin at it.
                bool isClaimed =
                    Oldest is { } oldest && segment.Span.Last > oldest && (Latest is not { } latest || segment.Span.First <= latest);
                if (isClaimed && segment.State is (LedgerState.Missing or LedgerState.Torn)) return segment;
            }

            return null;
        }
    }

    /// <summary>The number of ledgers in a state.</summary>
    /// <param name="state">The state.</param>
    public long CountOf(LedgerState state) => Segments.Where(segment => segment.State == state).Sum(segment => segment.Span.Count);

    /// <summary>Examines a database.</summary>
    /// <param name="database">The database; stays the caller's.</param>
    /// <param name="first">The first ledger; null for the first one in the tables, the bookkeeping or the cursors.</param>
    /// <param name="last">The last ledger; null for the last one in them.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
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
        LedgerSpan? rows = state.HasHistory && (first is null || last is null)
            ? await new LedgerInventory(state.Runner).FindBoundsAsync(cancellationToken).ConfigureAwait(false) : null;
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
