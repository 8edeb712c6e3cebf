using System.Text.Json.Nodes;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Cli.Output;

/// <summary>Prints how TimescaleDB keeps the history tables, for people and as JSON.</summary>
internal static class TimescalePrinter
{
    /// <summary>For people: one fact per line, with a label of fixed width.</summary>
    public static void Print(TimescaleStatus status, IReadOnlyList<string> remarks)
    {
        Console.WriteLine($"TimescaleDB   {status.Version}, {Scheduler(status)}");
        foreach (HypertableState table in status.Hypertables)
        {
            string chunks = FormattableString.Invariant($"{table.Chunks:N0} chunks, {table.Compressed:N0} compressed");
            Console.WriteLine($"Hypertable    {table.Name,-22} {chunks}; new ones cover {table.ChunkInterval}");
        }

        if (status.Hypertables.Count == 0) Console.WriteLine("Hypertable    none of the history tables");
        foreach (TimescaleJobState job in status.Jobs)
        {
            string what = job.Kind switch
            {
                TimescaleJobKind.Compression => $"compresses {job.Table} after {job.After}",
                TimescaleJobKind.Retention => $"drops rows of {job.Table} older than {job.After}",
                TimescaleJobKind.Reconcile => "raises oldest_ingest_ledger after chunks were dropped",
                _ => $"{job.Procedure} {job.Table}".TrimEnd(),
            };
            Console.WriteLine($"Job {job.Id,-9} {what}, every {job.Every}: {Runs(job)}");
        }

        foreach (string remark in remarks) Console.WriteLine($"Remark        {remark}");
    }

    /// <summary>The same for programs.</summary>
    public static JsonObject Json(TimescaleStatus status) => new()
    {
        ["version"] = status.Version,
        ["has_scheduler"] = status.HasScheduler, ["has_chunk_skipping"] = status.HasChunkSkipping,
        ["hypertables"] = new JsonArray([.. status.Hypertables.Select(table => new JsonObject
        {
            ["name"] = table.Name, ["chunk_interval"] = table.ChunkInterval, ["chunks"] = table.Chunks, ["compressed"] = table.Compressed,
        })]),
        ["jobs"] = new JsonArray([.. status.Jobs.Select(job => new JsonObject
        {
            ["id"] = job.Id, ["kind"] = Lower(job.Kind), ["procedure"] = job.Procedure, ["table"] = job.Table, ["after"] = job.After,
            ["every"] = job.Every, ["on"] = job.IsOn, ["last_run"] = job.LastRun, ["last_outcome"] = job.LastOutcome,
            ["next_run"] = job.NextRun, ["failures"] = job.Failures,
        })]),
        ["references"] = new JsonArray([.. status.References.Select(key => new JsonObject
        {
            ["name"] = key.Name, ["table"] = key.Table, ["references"] = key.References,
        })]),
    };

    /// <summary>Writes facts to standard output.</summary>
    public static void Write(JsonObject facts) => Console.WriteLine(JsonText.Of(facts));

    /// <summary>Whether jobs run at all, as part of a sentence.</summary>
    public static string Scheduler(TimescaleStatus status) =>
        status.HasScheduler ? "its job scheduler runs" : "no job scheduler runs for this database";

    /// <summary>When a job ran and will run, as part of a sentence.</summary>
    public static string Runs(TimescaleJobState job)
    {
        string last = job.LastRun is { } at
            ? FormattableString.Invariant($"ran last {at:yyyy-MM-dd HH:mm:ss}Z ({job.LastOutcome.ToLowerInvariant()})")
            : "has not run yet";
        string next = !job.IsOn ? ", switched off"
            : job.NextRun is { } then ? FormattableString.Invariant($", next {then:yyyy-MM-dd HH:mm:ss}Z") : "";
        return last + next;
    }

    private static string Lower(TimescaleJobKind kind) => kind.ToString().ToLowerInvariant();
}
