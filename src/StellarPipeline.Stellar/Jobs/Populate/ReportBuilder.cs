using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Builds the report of a finished load.</summary>
internal sealed class ReportBuilder(
    HistoryArchive archive, ChosenCheckpoint chosen, StellarNetwork network, CheckpointEntrySource source,
    IReadOnlyList<IProjection<LedgerEntryView>> projections, EntryPipeline pipeline, LoadResult result,
    BulkLoad load, PopulateChecks checks, LivingDatabase living, WalletProjection wallet, PhaseTimer phases, ByteBudget budget)
{
    private readonly CheckpointProof proof = chosen.Proof;
    private readonly IReadOnlyList<StageCounters> stages = [.. pipeline.Stages, .. result.Stages];

    public PopulateReport Build()
    {
        double seconds = phases.Elapsed.TotalSeconds;
        IReadOnlyList<PopulateReport.TableRow> tables = Tables();
        return new PopulateReport
        {
            Remarks = [.. chosen.Remarks, .. proof.NewerProtocolRemark is { } newer ? new[] { newer } : [], .. result.Remarks,
                .. wallet.RemovalRemark is { } removal ? new[] { removal } : []],
            Warnings = result.Warnings,
            Started = DateTimeOffset.UtcNow - phases.Elapsed,
            Ended = DateTimeOffset.UtcNow,
            Checkpoint = new PopulateReport.CheckpointSection(
                proof.Checkpoint, proof.CloseTime, proof.Header.CloseTimeMilliseconds, proof.ProtocolVersion, network.Name,
                archive.Transport.Location, proof.HeaderHash.ToString(), proof.BucketListHash.ToString(), ProofSentence(),
                proof.Trust.ToString()),
            Entries = Entries(),
            Tables = tables,
            Bytes =
                new PopulateReport.ByteSection(source.Counters.Sum(bucket => bucket.StoredBytes), source.Counters.Sum(
                    bucket => bucket.ContentBytes), tables.Sum(table => table.Bytes), Downloaded, Math.Max(0, CachedBytes - Downloaded)),
            Seconds = seconds,
            RowsPerSecond = tables.Sum(table => table.Rows) / seconds,
            Phases =
                [.. phases.Phases, .. result.Phases.Select(phase => new PopulateReport.PhaseRow(phase.Name, phase.Duration.TotalSeconds))],
            Stages = [.. stages.Select(stage => new PopulateReport.StageRow(
                stage.Stage, stage.Workers, stage.Received, stage.Busy.TotalSeconds, stage.WaitingForInput.TotalSeconds,
                stage.WaitingForOutput.TotalSeconds))],
            Bottleneck = Bottleneck(),
            ForeignKeys =
                new PopulateReport.ForeignKeySection(result.Strategy, StrategyReason(),
                    [.. result.Proofs.Select(
                        proof => new PopulateReport.ProofRow(
                            proof.Constraint, proof.Referencing, proof.Referenced, proof.By, proof.ViolatingRows, proof.Seconds))]),
            Living = living.Section,
            TokenMetadata = wallet.Tokens is { } tokens ? new PopulateReport.TokenSection(tokens.FromStorage, tokens.Unknown) : null,
            Memory = Memory(),
            Server = new PopulateReport.ServerSection(result.Server.Host, result.Server.Database, result.Server.Schema,
                $"PostgreSQL {result.Server.Version}", result.Settings, result.Server.Role),
        };
    }

    private long Downloaded => archive.Transport is CachingTransport cache ? cache.FetchedBytes : 0;

    private long CachedBytes => archive.Transport is CachingTransport cache ? cache.Status.Sum(bucket => bucket.Bytes) : 0;

    private string ProofSentence()
    {
        int headers = archive.Schedule.LedgerCount(proof.Checkpoint);
        return string.Create(CultureInfo.InvariantCulture,
            $"{source.Buckets.Count} buckets hash to their names, the archive state hashes to the bucket list hash of the ledger header, "
                + $"and {headers} headers chain to each other. "
                + $"{(proof.Trust.IsArchiveAlone
                    ? "The last header comes from the archive alone: no independent source confirmed it."
                    : "An independent source confirmed the hash of the last header.")}");
    }

    /// <summary>Counts every entry once by its outcome in the wallet tables, then by its outcome in further projections.</summary>
    private PopulateReport.EntrySection Entries()
    {
        var rows = new List<PopulateReport.OutcomeRow>();
        foreach ((IProjection<LedgerEntryView> projection, ProjectionTally tally) in projections.Zip(pipeline.Tallies))
        {
            for (int kind = 0; kind < projection.Kinds.Count; kind++)
            {
                for (int outcome = 0; outcome < projection.Outcomes.Count; outcome++)
                {
                    long count = tally[kind, outcome];
                    if (projection == wallet && kind == (int)LedgerEntryType.ContractData && outcome == (int)WalletOutcome.SacBalance)
                        count -= wallet.RemovedBalances;
                    if (count > 0)
                    {
                        rows.Add(new PopulateReport.OutcomeRow(
                            projection.Kinds[kind], projection.Outcomes[outcome].Name, projection.Outcomes[outcome].IsWritten, count));
                    }
                }
            }
        }

        if (wallet.RemovedBalances > 0)
        {
            rows.Add(new PopulateReport.OutcomeRow(
                LedgerEntryTypes.Name(LedgerEntryType.ContractData), "balance_of_unproved_contract", false, wallet.RemovedBalances));
        }

        long read = pipeline.Entries;
        long written = Enumerable.Range(0, projections[0].Outcomes.Count).Where(outcome => projections[0].Outcomes[outcome].IsWritten).Sum(
            pipeline.Tallies[0].OfOutcome) - wallet.RemovedBalances;
        return new PopulateReport.EntrySection(
            read, written, read - written, source.Counters.Sum(bucket => bucket.Records), source.Counters.Sum(bucket => bucket.Shadowed),
            source.Counters.Sum(bucket => bucket.Tombstones), rows);
    }

    private List<PopulateReport.TableRow> Tables() => [.. projections.SelectMany(projection => projection.Tables).Select(table =>
    {
        CopyCounters? copied = result.Tables.FirstOrDefault(counters => counters.Table.Equals(table));
        return new PopulateReport.TableRow(table.Name, (copied?.Rows ?? 0) - wallet.RemovedFrom(table), copied?.Batches ?? 0,
            copied?.Bytes ?? 0, copied?.Busy.TotalSeconds ?? 0);
    })];

    private string StrategyReason()
    {
        string rebuild = checks.RebuildReason(result.RebuiltIndexes);
        if (result.RebuiltIndexes && rebuild.Length > 0) return rebuild;
        return load.ForeignKeys?.Chosen is { } chosenStrategy
            ? string.Join(" ", chosenStrategy.For.Take(1).Concat(PassedOver()).Append(rebuild)).TrimEnd()
            : "";
    }

    private IEnumerable<string> PassedOver() => load.ForeignKeys!.Strategies.TakeWhile(verdict => !verdict.IsChosen)
        .Where(verdict => verdict.Probe.Obstacles.Count + verdict.Probe.Cautions.Count > 0)
        .Select(verdict => $"{verdict.Name} was passed over: {string.Join(" ", verdict.Probe.Obstacles.Concat(verdict.Probe.Cautions))}");

    /// <summary>
    /// What limited the load: the fixed steps before the first row, or waiting for the archive, if that took longer than any stage was
    /// busy; else the stage whose workers were busy for the largest share of the load phase.
    /// </summary>
    private PopulateReport.BottleneckSection Bottleneck()
    {
        // Before the load phase only the archive is read; during it, the merge waits for buckets.
        (string Where, double Seconds)[] waits =
        [
            ("proof", phases.SecondsOf("proof")), ("plan", phases.SecondsOf("plan")), ("fetch", phases.SecondsOf("fetch")),
            ("load", source.WaitForBuckets.TotalSeconds),
        ];
        double waited = waits.Sum(wait => wait.Seconds);
        double steps = phases.SecondsOf("check")
            + result.Phases.Where(phase => phase.Name is "open" or "schema" or "preflight").Sum(phase => phase.Duration.TotalSeconds);
        double busiest = stages.Max(stage => stage.Busy.TotalSeconds / stage.Workers);
        double wall = Math.Max(phases.Elapsed.TotalSeconds, 1e-9);
        if (steps > waited && steps > busiest)
        {
            return new PopulateReport.BottleneckSection("preparation", Math.Min(1, steps / wall),
                string.Create(CultureInfo.InvariantCulture,
                    $"Checks, locks and migrations before the first row took {steps:F2} s, {Math.Min(1, steps / wall):P0} of the "
                        + $"{wall:F2} s; the busiest stage worked for {busiest:F2} s: fixed steps bound a load of this size."));
        }

        return waited > busiest ? ArchiveBottleneck(waits, waited, busiest, wall) : StageBottleneck();
    }

    private PopulateReport.BottleneckSection ArchiveBottleneck(
        (string Where, double Seconds)[] waits, double waited, double busiest, double wall)
    {
        double share = Math.Min(1, waited / wall);
        string what = archive.Transport is CachingTransport { FetchedBytes: > 0 }
            ? "waiting for the archive bounds the load"
            : "reading the archive bounds the load";
        IEnumerable<string> named = waits.Where(wait => wait.Seconds >= 0.005)
            .Select(wait => FormattableString.Invariant($"{wait.Where} {wait.Seconds:F2} s"));
        string parts = string.Join(", ", named);
        return new PopulateReport.BottleneckSection("archive", share,
            string.Create(CultureInfo.InvariantCulture,
                $"The archive took {waited:F2} s, {share:P0} of the {wall:F2} s ({parts}); the busiest stage worked for {busiest:F2} s: "
                        + $"{what}."));
    }

    /// <summary>The stage that was busiest. Waiting does not count, except for the server.</summary>
    private PopulateReport.BottleneckSection StageBottleneck()
    {
        double wall = Math.Max(SecondsOfLoad(), 1e-9);
        StageCounters most = stages.MaxBy(stage => stage.Busy.TotalSeconds / stage.Workers)!;
        double share = Math.Min(1, most.Busy.TotalSeconds / most.Workers / wall);
        string what =
            most.External > most.Busy / 2 ? "the server's COPY bounds the load" : $"the client's {most.Stage} stage bounds the load";
        string others =
            string.Join(", ", stages.Where(stage => stage != most).Select(
                stage => FormattableString.Invariant($"{stage.Stage} {stage.Busy.TotalSeconds / stage.Workers / wall:P0}")));
        return new PopulateReport.BottleneckSection(most.Stage, share,
            FormattableString.Invariant($"{most.Stage} was busy for {share:P0} of the {wall:F2} s of the load phase ({others}): {what}."));
    }

    private double SecondsOfLoad() => result.Phases.Where(phase => phase.Name == "load").Sum(phase => phase.Duration.TotalSeconds);

    private PopulateReport.MemorySection Memory()
    {
        using var process = Process.GetCurrentProcess();
        return new PopulateReport.MemorySection(process.PeakWorkingSet64, budget.PeakBytes, budget.LimitBytes,
            [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)]);
    }
}
