using System.Diagnostics;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Projection;
using StellarPipeline.Stellar.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Populate;

/// <summary>Gathers the figures of a finished load.</summary>
internal sealed class ReportBuilder(
    HistoryArchive archive, ChosenCheckpoint chosen, StellarNetwork network, CheckpointEntrySource source, IEntryProjection projection, LoadRun run, LoadTarget target, PhaseTimer phases, ByteBudget budget)
{
    private readonly CheckpointProof proof = chosen.Proof;

    public PopulateReport Build()
    {
        double seconds = phases.Elapsed.TotalSeconds;
        IReadOnlyList<PopulateReport.TableRow> tables = Tables();
        return new PopulateReport
        {
            Remarks = [.. chosen.Remarks, .. proof.NewerProtocolRemark is { } newer ? new[] { newer } : [], .. target.Remarks],
            Warnings = target.Warnings,
            Checkpoint = new PopulateReport.CheckpointSection(
                proof.Checkpoint, proof.CloseTime, proof.Header.CloseTimeMilliseconds, proof.ProtocolVersion, network.Name, archive.Transport.Location, proof.HeaderHash.ToString(), proof.BucketListHash.ToString(), ProofSentence(), proof.Trust.ToString()),
            Entries = Entries(),
            Tables = tables,
            Bytes = new PopulateReport.ByteSection(source.Counters.Sum(bucket => bucket.StoredBytes), source.Counters.Sum(bucket => bucket.ContentBytes), tables.Sum(table => table.Bytes)),
            Seconds = seconds,
            RowsPerSecond = tables.Sum(table => table.Rows) / seconds,
            Phases = phases.Phases,
            Stages = [.. run.Stages.Select(stage => new PopulateReport.StageRow(
                stage.Stage, stage.Workers, stage.Received, stage.Busy.TotalSeconds, stage.WaitingForInput.TotalSeconds, stage.WaitingForOutput.TotalSeconds))],
            Bottleneck = Bottleneck(),
            ForeignKeys = new PopulateReport.ForeignKeySection(target.Strategy, target.StrategyReason, target.Proofs),
            Living = target.Living.Section,
            TokenMetadata = projection is WalletProjection { Tokens: { } tokens } ? new PopulateReport.TokenSection(tokens.FromStorage, tokens.Unknown) : null,
            Memory = Memory(),
            Server = new PopulateReport.ServerSection(
                target.Load.Host, target.Load.Database, target.Load.Schema ?? "", $"PostgreSQL {target.Load.ServerSettings.GetValueOrDefault("server_version", target.Load.ServerVersion.ToString())}", Settings()),
        };
    }

    private string ProofSentence()
    {
        int headers = archive.Schedule.LedgerCount(proof.Checkpoint);
        return FormattableString.Invariant(
            $"{source.Buckets.Count} buckets hash to their names, the archive state to the bucket list hash of the ledger header, {headers} headers to each other. {(proof.Trust.IsArchiveAlone ? "The last header is the archive's own word: no independent source confirmed it." : "The last header has the hash that another source says.")}");
    }

    private PopulateReport.EntrySection Entries()
    {
        var rows = new List<PopulateReport.OutcomeRow>();
        long written = 0;
        for (var type = LedgerEntryType.Account; type <= LedgerEntryType.Ttl; type++)
        {
            for (int outcome = 0; outcome < projection.Outcomes.Count; outcome++)
            {
                long count = run.Tally[type, outcome];
                if (outcome == (int)WalletOutcome.SacBalance && type == LedgerEntryType.ContractData) count -= target.RemovedBalances;
                if (count == 0) continue;
                EntryOutcome meaning = projection.Outcomes[outcome];
                rows.Add(new PopulateReport.OutcomeRow(LedgerEntryTypes.Name(type), meaning.Name, meaning.IsWritten, count));
                if (meaning.IsWritten) written += count;
            }
        }

        if (target.RemovedBalances > 0) rows.Add(new PopulateReport.OutcomeRow(LedgerEntryTypes.Name(LedgerEntryType.ContractData), "balance_of_unproved_contract", false, target.RemovedBalances));
        long read = run.Tally.Total;
        return new PopulateReport.EntrySection(
            read, written, read - written, source.Counters.Sum(bucket => bucket.Records), source.Counters.Sum(bucket => bucket.Shadowed), source.Counters.Sum(bucket => bucket.Tombstones), rows);
    }

    private List<PopulateReport.TableRow> Tables() => [.. projection.Tables.Select(table =>
    {
        var copied = target.Find(table.Name)!;
        return new PopulateReport.TableRow(table.Name, copied.Rows - RemovedFrom(table), copied.Batches, copied.Bytes, copied.Busy.TotalSeconds);
    })];

    private long RemovedFrom(Postgres.CopyTable table) => table.Name == WalletTables.SacBalances.Name ? target.RemovedBalances : table.Name == WalletTables.ContractTokens.Name ? target.RemovedTokens : 0;

    /// <summary>What bounded the load: the wait for the archive, where that was longer than any stage was busy; else the stage whose workers were busy for the largest share of the load phase.</summary>
    private PopulateReport.BottleneckSection Bottleneck() => ArchiveBottleneck() ?? StageBottleneck();

    /// <summary>Null where the archive did not bound the load.</summary>
    private PopulateReport.BottleneckSection? ArchiveBottleneck()
    {
        // Before the load phase nothing but the archive is at work; in it, the merge waits for buckets.
        (string Where, double Seconds)[] waits =
        [
            ("proof", phases.SecondsOf("proof")), ("plan", phases.SecondsOf("plan")), ("load", source.WaitForBuckets.TotalSeconds), ("hot archive", phases.SecondsOf("hot archive")),
        ];
        double waited = waits.Sum(wait => wait.Seconds);
        double busiest = run.Stages.Max(stage => stage.Busy.TotalSeconds / stage.Workers);
        if (waited <= busiest) return null;
        double wall = Math.Max(phases.Elapsed.TotalSeconds, 1e-9);
        double share = Math.Min(1, waited / wall);
        string what = archive.Transport is CachingTransport { FetchedBytes: > 0 } ? "waiting for the archive bounds the load" : "reading the archive bounds the load";
        string parts = string.Join(", ", waits.Where(wait => wait.Seconds > 0).Select(wait => FormattableString.Invariant($"{wait.Where} {wait.Seconds:F2} s")));
        return new PopulateReport.BottleneckSection("archive", share, FormattableString.Invariant($"The archive took {waited:F2} s, {share:P0} of the {wall:F2} s ({parts}); the busiest stage worked for {busiest:F2} s: {what}."));
    }

    /// <summary>Waiting does not count, except on the other side of a connection.</summary>
    private PopulateReport.BottleneckSection StageBottleneck()
    {
        double wall = Math.Max(phases.SecondsOf("load"), 1e-9);
        StageCounters most = run.Stages.MaxBy(stage => stage.Busy.TotalSeconds / stage.Workers)!;
        double share = Math.Min(1, most.Busy.TotalSeconds / most.Workers / wall);
        string what = most.External > most.Busy / 2 ? "the server's COPY bounds the load" : $"the client's {most.Stage} stage bounds the load";
        string others = string.Join(", ", run.Stages.Where(stage => stage != most).Select(stage => FormattableString.Invariant($"{stage.Stage} {stage.Busy.TotalSeconds / stage.Workers / wall:P0}")));
        return new PopulateReport.BottleneckSection(most.Stage, share, FormattableString.Invariant($"{most.Stage} was busy for {share:P0} of the {wall:F2} s of the load phase ({others}): {what}."));
    }

    /// <summary>What the transaction runs with, and what of the server decides a load's speed.</summary>
    private SortedDictionary<string, string> Settings()
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in target.Load.ServerSettings) settings[name] = value;
        foreach ((string name, string value) in target.Load.AppliedSettings) settings[name] = value;
        foreach ((string name, string value) in target.StrategySettings) settings[name] = value;
        settings.Remove("server_version");
        return settings;
    }

    private PopulateReport.MemorySection Memory()
    {
        using Process process = Process.GetCurrentProcess();
        return new PopulateReport.MemorySection(process.PeakWorkingSet64, budget.PeakBytes, budget.LimitBytes, [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)]);
    }
}
