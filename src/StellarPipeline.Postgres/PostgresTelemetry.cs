using System.Diagnostics;
using System.Diagnostics.Metrics;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres;

/// <summary>The instruments and activities of this library.</summary>
internal static class PostgresTelemetry
{
    /// <summary>Name of the meter and of the activity source: <c>AddMeter</c> and <c>AddSource</c> in OpenTelemetry.</summary>
    public const string Name = "StellarPipeline.Postgres";

    private static readonly Meter Meter = Telemetry.NewMeter(Name, typeof(PostgresTelemetry));
    private static readonly ActivitySource Source = Telemetry.NewSource(Name, typeof(PostgresTelemetry));
    private static readonly string BatchTag = TagNames.Name("batch.number");
    private static readonly string RowsTag = TagNames.Name("batch.rows");

    private static readonly Counter<long> Rows = Meter.CreateCounter<long>(
        TagNames.Name("sink.rows"), "{row}",
        "Rows that were inserted, updated or deleted, and committed; tag db.collection.name. Counted after COMMIT, never before.");

    private static readonly Counter<long> Io = Meter.CreateCounter<long>(
        TagNames.Name("sink.io"), "By", "Bytes of rows that the server has confirmed, committed or not; tag db.collection.name.");

    private static readonly Counter<long> Batches = Meter.CreateCounter<long>(
        TagNames.Name("sink.batches"), "{batch}", "Batches that the server has confirmed, committed or not; tag db.collection.name.");

    private static readonly Counter<long> Commits = Meter.CreateCounter<long>(
        TagNames.Name("sink.commits"), "{commit}", "COMMITs that were sent; tag outcome: answered, found_out_later, failed, unknown.");

    private static readonly Histogram<double> CopyDuration = Meter.CreateHistogram(
        TagNames.Name("sink.copy.duration"),
        "s",
        "From the first byte of a batch to the server's answer; tags db.collection.name, and error.type where it failed.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 600] });

    private static readonly Histogram<double> LockWait = Meter.CreateHistogram(
        TagNames.Name("sink.lock.wait"),
        "s",
        "How long a load waited for the locks of its tables; tag error.type where it did not get them.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.01, 0.1, 1, 10, 60, 600] });

    private static readonly Histogram<double> TransactionDuration = Meter.CreateHistogram(
        TagNames.Name("transaction.duration"),
        "s",
        "How long a small transaction took, from the connection to its end; tags transaction: what it does; outcome: committed, "
            + "rolled_back, unknown; and error.type where it failed.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] });

    internal static Activity? StartBatch(RowBatch batch)
    {
        Activity? activity = Telemetry.Start(Source, "batch", ActivityKind.Client);
        activity?.SetTag(TagNames.Table, batch.Table.Name).SetTag(BatchTag, batch.Number).SetTag(RowsTag, batch.Rows);
        return activity;
    }

    internal static Activity? StartCommit() => Telemetry.Start(Source, "commit", ActivityKind.Client);

    /// <summary>
    /// Starts the activity of a phase, which other methods end: it is the parent of what begins in it only where it is made the current
    /// one.
    /// </summary>
    internal static Activity? StartPhase(string name)
    {
        Activity? before = Activity.Current;
        Activity? activity = Telemetry.Start(Source, "phase");
        Activity.Current = before;
        activity?.SetTag(TagNames.Name("phase.name"), name);
        return activity;
    }

    /// <summary>Counts a batch that the server has confirmed.</summary>
    internal static void CountBatch(RowBatch batch, TimeSpan duration)
    {
        if (!Batches.Enabled && !Io.Enabled && !CopyDuration.Enabled) return;
        TagList tags = TagsOf(batch.Table);
        Batches.Add(1, tags);
        Io.Add(batch.Bytes, tags);
        CopyDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Counts a batch that failed.</summary>
    internal static void CountFailedBatch(RowBatch batch, TimeSpan duration, Exception error)
    {
        if (!CopyDuration.Enabled) return;
        TagList tags = TagsOf(batch.Table);
        tags.Add(TagNames.ErrorType, TypeOf(error));
        CopyDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Counts a COMMIT and, where it is one, the rows that it made visible.</summary>
    /// <param name="outcome">How the commit is known; null where it is not one.</param>
    /// <param name="error">Why it is none.</param>
    /// <param name="rows">Rows by table.</param>
    internal static void CountCommit(CommitOutcome? outcome, Exception? error, IReadOnlyDictionary<CopyTable, long> rows)
    {
        if (Commits.Enabled)
        {
            var tags = new TagList { { TagNames.Outcome, NameOf(outcome, error) } };
            Telemetry.AddRun(ref tags);
            Commits.Add(1, tags);
        }

        if (outcome is null || !Rows.Enabled) return;
        foreach ((CopyTable table, long count) in rows) Rows.Add(count, TagsOf(table));
    }

    /// <summary>Measures a transaction of <see cref="TransactionRun"/>.</summary>
    internal static void CountTransaction(string name, TimeSpan duration, Exception? error)
    {
        if (!TransactionDuration.Enabled) return;
        string outcome = error is null ? "committed" : error is DatabaseException { OutcomeIsUnknown: true } ? "unknown" : "rolled_back";
        var tags = new TagList { { "transaction", name }, { TagNames.Outcome, outcome } };
        if (error is not null) tags.Add(TagNames.ErrorType, TypeOf(error));
        Telemetry.AddRun(ref tags);
        TransactionDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Measures a wait for locks.</summary>
    internal static void CountLockWait(long started, Exception? error)
    {
        if (!LockWait.Enabled) return;
        var tags = new TagList();
        if (error is not null) tags.Add(TagNames.ErrorType, TypeOf(error));
        Telemetry.AddRun(ref tags);
        LockWait.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }

    /// <summary>What an error is counted under: the state that the server gave, or the type.</summary>
    internal static string TypeOf(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is Npgsql.PostgresException server) return server.SqlState;
        }

        return Telemetry.TypeOf(error);
    }

    private static string NameOf(CommitOutcome? outcome, Exception? error) => outcome switch
    {
        CommitOutcome.Answered => "answered",
        CommitOutcome.FoundOutLater => "found_out_later",
        _ => error is DatabaseException { OutcomeIsUnknown: true } ? "unknown" : "failed",
    };

    private static TagList TagsOf(CopyTable table)
    {
        var tags = new TagList { { TagNames.Table, table.Name } };
        Telemetry.AddRun(ref tags);
        return tags;
    }
}
