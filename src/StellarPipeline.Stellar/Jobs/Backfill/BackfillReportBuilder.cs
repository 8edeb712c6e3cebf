using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Builds the report of a finished run.</summary>
internal static class BackfillReportBuilder
{
    // From this share of the connections or workers on, they count as what bounds the run.
    private const double BusyShare = 0.6;

    public static BackfillReport Build(
        BackfillRun run, LedgerSpan? range, BackfillReport.CursorSection cursor, long? walBytes, IReadOnlyList<string> remarks)
    {
        BackfillMeter meter = run.Meter;
        double seconds = meter.Elapsed.TotalSeconds;
        double loading = meter.Working.TotalSeconds;
        return new BackfillReport
        {
            Remarks = remarks,
            Ledgers = new BackfillReport.LedgerSection(
                range?.First, range?.Last, run.Options.Network.Name, run.Source.Location, meter.LedgersCommitted, run.LedgersLoadedBefore,
                run.LedgersFound,
                run.LedgersTorn, meter.BytesRead),
            Proofs = [.. run.Proofs.Proofs().Select(proof => proof.ToString())],
            Cursor = cursor,
            Tables = meter.Tables(),
            Batches = meter.Batches,
            Retries = meter.Retries,
            Seconds = seconds,
            LoadSeconds = loading,
            LedgersPerSecond = loading > 0 ? meter.LedgersCommitted / loading : 0,
            RowsPerSecond = loading > 0 ? meter.RowsCommitted / loading : 0,
            Stages = meter.Stages(),
            Connections = meter.Connections(),
            Fill = run.Fill.ToSection(),
            Bottleneck = Bottleneck(run),
            WalBytes = walBytes,
            Memory = Memory(run),
            Server = Server(meter.Last),
        };
    }

    private static BackfillReport.BottleneckSection Bottleneck(BackfillRun run)
    {
        BackfillMeter meter = run.Meter;
        double wall = meter.Working.TotalSeconds;
        if (meter.Batches == 0) return new BackfillReport.BottleneckSection("nothing", "No batch was loaded.");
        IReadOnlyList<BackfillReport.StageRow> stages = meter.Stages();
        IReadOnlyList<BackfillReport.ConnectionRow> connections = meter.Connections();
        double inCopy = connections.Sum(connection => connection.CopySeconds) / wall;
        double committing = connections.Sum(connection => connection.CommitSeconds + connection.OpenSeconds) / wall;
        double reading = stages.Where(stage => stage.Name == "read").Sum(stage => stage.WaitingInputSeconds) / wall;
        double projecting = stages.Where(stage => stage.Name == "project").Sum(stage => stage.BusySeconds) / wall;
        bool isBeside = run.Fill.ToSection() is { Batches: > 0 };
        string ending = isBeside ? "began or ended a transaction, or built keys and indexes" : "began or ended a transaction";
        string facts =
            string.Create(CultureInfo.InvariantCulture,
                $"On average {inCopy:F2} of {connections.Count} connections were in COPY, {committing:F2} {ending}, "
                        + $"{projecting:F2} workers decoded ledgers, and {reading:F2} batches waited for the source");

        // A batch has one connection: with fewer batches than connections the others have nothing to do.
        int used = Math.Min(connections.Count, meter.Batches);
        if (inCopy + committing >= BusyShare * used)
        {
            string advice = used < connections.Count
                ? $"There were fewer batches than connections{(isBeside ? ": rows for separate tables are one batch" : "")}."
                : "More connections help while it has idle processors.";
            return new BackfillReport.BottleneckSection("server", $"{facts}: the server bounds the run. {advice}");
        }

        int workers = stages.Where(stage => stage.Name == "project").Sum(stage => stage.Workers);
        if (projecting >= BusyShare * workers)
        {
            return new BackfillReport.BottleneckSection(
                "client", $"{facts}: decoding bounds the run. It needs more processors or a higher --workers.");
        }

        return reading >= BusyShare * used
            ? new BackfillReport.BottleneckSection("source", $"{facts}: the source bounds the run.")
            : new BackfillReport.BottleneckSection("nothing", $"{facts}: nothing was busy all the time, as is usual for a short run.");
    }

    private static BackfillReport.MemorySection Memory(BackfillRun run)
    {
        using var process = Process.GetCurrentProcess();
        return new BackfillReport.MemorySection(
            process.PeakWorkingSet64, run.Pages.PeakBytes, process.TotalProcessorTime.TotalSeconds,
            [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)]);
    }

    private static BackfillReport.ServerSection? Server(LoadResult? last) => last is null ? null : new BackfillReport.ServerSection(
        last.Server.Host, last.Server.Database, last.Server.Schema, last.Server.Version, last.Settings);
}
