using System.Diagnostics;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Adds up what the batches of a run did. Thread-safe; written per ledger and per batch.</summary>
internal sealed class BackfillMeter(int connections)
{
    private readonly Lock gate = new();
    private readonly List<BackfillReport.StageRow> stages = [];
    private readonly ConnectionSum[] sums = [.. Enumerable.Range(0, connections).Select(_ => new ConnectionSum())];
    private readonly Dictionary<CopyTable, (long Bytes, double Seconds)> tables =
        HistoryTables.All.ToDictionary(table => table, _ => (0L, 0.0));
    private readonly HistoryCounts counts = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private long ledgersRead;
    private long bytesRead;
    private long ledgersCommitted;
    private long rowsCommitted;
    private long workStarted;

    /// <summary>Time since the start of the run.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    /// <summary>Time since the first batch began; zero before.</summary>
    public TimeSpan Working => Interlocked.Read(ref workStarted) is > 0 and var began ? Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;

    /// <summary>Ledgers that were read, also by attempts that failed.</summary>
    public long LedgersRead => Interlocked.Read(ref ledgersRead);

    /// <summary>Uncompressed bytes of <see cref="LedgersRead"/>.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    /// <summary>Ledgers of committed batches.</summary>
    public long LedgersCommitted => Interlocked.Read(ref ledgersCommitted);

    /// <summary>Rows of committed batches.</summary>
    public long RowsCommitted => Interlocked.Read(ref rowsCommitted);

    /// <summary>Committed batches.</summary>
    public int Batches { get; private set; }

    /// <summary>Batches that were tried again.</summary>
    public int Retries { get; private set; }

    /// <summary>Counts of what the ledgers of committed batches contain.</summary>
    public HistoryCounts Counts => counts;

    /// <summary>The batch that was committed last; null if there is none.</summary>
    public LedgerSpan? LastSpan { get; private set; }

    /// <summary>The load that was committed last, for its facts about the server.</summary>
    public LoadResult? Last { get; private set; }

    public void BeginWork() => Interlocked.CompareExchange(ref workStarted, Stopwatch.GetTimestamp(), 0);

    public void CountLedger(int bytes)
    {
        Interlocked.Increment(ref ledgersRead);
        Interlocked.Add(ref bytesRead, bytes);
    }

    public void CountRetry()
    {
        lock (gate) Retries++;
    }

    /// <summary>Adds a batch of which only the COMMIT is known.</summary>
    public void CountCommitted(LedgerSpan span)
    {
        Interlocked.Add(ref ledgersCommitted, span.Count);
        lock (gate)
        {
            Batches++;
            LastSpan = span;
        }
    }

    /// <summary>Adds a committed batch.</summary>
    public void CountBatch(LedgerSpan span, HistoryCounts rows, LoadResult result)
    {
        Interlocked.Add(ref ledgersCommitted, span.Count);
        Interlocked.Add(ref rowsCommitted, result.Rows);
        lock (gate)
        {
            Batches++;
            Last = result;
            LastSpan = span;
            counts.Add(rows);
            foreach (CopyCounters copied in result.Tables)
            {
                (long bytes, double seconds) = tables[copied.Table];
                tables[copied.Table] = (bytes + copied.Bytes, seconds + copied.Busy.TotalSeconds);
            }
        }
    }

    /// <summary>Adds the times of the stages of a batch, whether it was committed or not.</summary>
    public void CountStages(int connection, IEnumerable<StageCounters> counters, IEnumerable<LoadPhase> phases)
    {
        lock (gate)
        {
            foreach (StageCounters stage in counters)
            {
                Add(stage);
                if (stage.Stage == "copy") sums[connection].Add(stage);
            }

            foreach (LoadPhase phase in phases) sums[connection].Add(phase);
        }
    }

    /// <summary>Adds time during which a connection had no batch.</summary>
    public void CountIdle(int connection, TimeSpan idle)
    {
        lock (gate) sums[connection].Idle += idle.TotalSeconds;
    }

    public IReadOnlyList<BackfillReport.StageRow> Stages()
    {
        lock (gate) return [.. stages];
    }

    public IReadOnlyList<BackfillReport.ConnectionRow> Connections()
    {
        lock (gate) return [.. sums.Select((sum, index) => sum.ToRow(index + 1))];
    }

    public IReadOnlyList<BackfillReport.TableRow> Tables()
    {
        lock (gate)
        {
            double wall = Math.Max(Working.TotalSeconds, 1e-9);
            return [.. HistoryTables.All.Select(table => new BackfillReport.TableRow(
                table.Name, counts.RowsOf(table), tables[table].Bytes, tables[table].Seconds, counts.RowsOf(table) / wall))];
        }
    }

    private void Add(StageCounters stage)
    {
        int index = stages.FindIndex(row => row.Name == stage.Stage);
        BackfillReport.StageRow row =
            index < 0 ? new BackfillReport.StageRow(stage.Stage, stage.Workers * connections, 0, 0, 0, 0, 0) : stages[index];
        row = row with
        {
            Items = row.Items + stage.Received,
            BusySeconds = row.BusySeconds + stage.Busy.TotalSeconds,
            ServerSeconds = row.ServerSeconds + stage.External.TotalSeconds,
            WaitingInputSeconds = row.WaitingInputSeconds + stage.WaitingForInput.TotalSeconds,
            WaitingOutputSeconds = row.WaitingOutputSeconds + stage.WaitingForOutput.TotalSeconds,
        };
        if (index < 0) stages.Add(row);
        else stages[index] = row;
    }

    private sealed class ConnectionSum
    {
        private double copying;
        private double forRows;
        private double opening;
        private double committing;

        public double Idle { get; set; }

        public void Add(StageCounters copy)
        {
            copying += copy.External.TotalSeconds;
            forRows += copy.WaitingForInput.TotalSeconds;
        }

        public void Add(LoadPhase phase)
        {
            if (phase.Name is "open" or "preflight") opening += phase.Duration.TotalSeconds;
            else if (phase.Name is "foreign keys" or "commit") committing += phase.Duration.TotalSeconds;
        }

        public BackfillReport.ConnectionRow ToRow(int number) => new(number, copying, forRows, opening, committing, Idle);
    }
}
