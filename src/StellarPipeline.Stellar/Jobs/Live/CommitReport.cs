using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What one transaction of live ingestion did.</summary>
internal sealed class CommitReport
{
    private readonly List<(string Step, TimeSpan Time)> steps = [];

    public CommitReport(IReadOnlyList<LedgerWork> ledgers)
    {
        First = ledgers[0].Facts.Ledger;
        Last = ledgers[^1].Facts.Ledger;
        ClosedAt = ledgers[^1].Facts.ClosedAt;
        Transactions = ledgers.Sum(static ledger => (long)ledger.Facts.TransactionHashes.Count);
        Operations = ledgers.Sum(static ledger => (long)ledger.Facts.Operations);
        StateChanges = StateChangeCounts.Sum(ledgers.Select(static ledger => ledger.StateChanges));
    }

    /// <summary>The first ledger.</summary>
    public uint First { get; }

    /// <summary>The last ledger.</summary>
    public uint Last { get; }

    /// <summary>Number of ledgers.</summary>
    public int Ledgers => (int)(Last - First) + 1;

    /// <summary>When the last ledger closed.</summary>
    public DateTimeOffset ClosedAt { get; }

    /// <summary>Transactions of the ledgers.</summary>
    public long Transactions { get; }

    /// <summary>Operations of the ledgers.</summary>
    public long Operations { get; }

    /// <summary>Rows of state_changes by category and reason; empty if nothing listens to this metric.</summary>
    public IReadOnlyList<(string Category, string Reason, long Rows)> StateChanges { get; }

    /// <summary>The first ledger of the history; null if it was not read.</summary>
    public uint? Oldest { get; set; }

    /// <summary>Channel accounts that were unlocked.</summary>
    public long UnlockedAccounts { get; set; }

    /// <summary>Rows that were sent, by table.</summary>
    public IReadOnlyCollection<CopyCounters> Tables { get; private set; } = [];

    /// <summary>How the outcome of COMMIT is known.</summary>
    public CommitOutcome Outcome { get; private set; }

    /// <summary>Duration of each step, in order.</summary>
    public IReadOnlyList<(string Step, TimeSpan Time)> Steps => steps;

    public void Add(string step, TimeSpan time) => steps.Add((step, time));

    public Task MeasureAsync(string step, Func<Task> work) => MeasureAsync(step, async () =>
    {
        await work().ConfigureAwait(false);
        return true;
    });

    public async Task<T> MeasureAsync<T>(string step, Func<Task<T>> work)
    {
        long began = Stopwatch.GetTimestamp();
        T result = await work().ConfigureAwait(false);
        Add(step, Stopwatch.GetElapsedTime(began));
        return result;
    }

    public void Take(LoadResult result)
    {
        Tables = result.Tables;
        Outcome = result.Outcome;
    }

    /// <summary>The rows and durations of the steps, for the log.</summary>
    public string Describe()
    {
        IEnumerable<string> rows = Tables.Where(static table => table.Rows > 0).Select(
            static table => string.Create(CultureInfo.InvariantCulture, $"{table.Table.Name} {table.Rows:N0}"));
        IEnumerable<string> times =
            steps.Select(static step => string.Create(CultureInfo.InvariantCulture, $"{step.Step} {step.Time.TotalMilliseconds:F0} ms"));
        return $"rows: {string.Join(", ", rows)}; {string.Join(", ", times)}";
    }
}
