using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a backfill did, with the figures that prove it. Written as JSON with snake_case names.</summary>
public sealed record BackfillReport
{
    /// <summary>Version of this layout; raised when a name or meaning changes.</summary>
    public int Format { get; init; } = 1;

    /// <summary>What an operator should know beyond the figures, in full sentences; empty where all went as usual.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The ledgers.</summary>
    public required LedgerSection Ledgers { get; init; }

    /// <summary>What was proved and what that rests on, in full sentences: one for each stretch of ledgers that chain.</summary>
    public required IReadOnlyList<string> Proofs { get; init; }

    /// <summary>oldest_ingest_ledger.</summary>
    public required CursorSection Cursor { get; init; }

    /// <summary>Rows per table, of the batches of this run.</summary>
    public required IReadOnlyList<TableRow> Tables { get; init; }

    /// <summary>Transactions that were committed.</summary>
    public required int Batches { get; init; }

    /// <summary>Batches that were tried again.</summary>
    public required int Retries { get; init; }

    /// <summary>Wall time of the run, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Wall time from the beginning of the first batch on, in seconds.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>Ledgers per second of <see cref="LoadSeconds"/>.</summary>
    public required double LedgersPerSecond { get; init; }

    /// <summary>Rows of all tables per second of <see cref="LoadSeconds"/>.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>How each stage spent the time; summed over batches and workers.</summary>
    public required IReadOnlyList<StageRow> Stages { get; init; }

    /// <summary>How each connection spent the time.</summary>
    public required IReadOnlyList<ConnectionRow> Connections { get; init; }

    /// <summary>How rows came into the tables; null where nothing was to be loaded.</summary>
    public FillSection? Fill { get; init; }

    /// <summary>What bounds the run, with the evidence.</summary>
    public required BottleneckSection Bottleneck { get; init; }

    /// <summary>Bytes that the server wrote to its log meanwhile, for whomever; null where it does not tell.</summary>
    public required long? WalBytes { get; init; }

    /// <summary>Memory of this process.</summary>
    public required MemorySection Memory { get; init; }

    /// <summary>The server; null where nothing was to be loaded.</summary>
    public required ServerSection? Server { get; init; }

    /// <summary>The report as indented JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BackfillReportJson.Default.BackfillReport);

    /// <summary>The ledgers of a run.</summary>
    /// <param name="First">The first ledger of the range; null where the source had none.</param>
    /// <param name="Last">The last ledger of the range.</param>
    /// <param name="Network">Name of the network.</param>
    /// <param name="Source">Where they were read.</param>
    /// <param name="Loaded">Ledgers that this run loaded.</param>
    /// <param name="LoadedBefore">Ledgers that earlier runs had loaded.</param>
    /// <param name="Found">Ledgers that another program had written, whole.</param>
    /// <param name="Repaired">Ledgers that were torn, and were written again.</param>
    /// <param name="Bytes">Bytes of the ledgers that were read, uncompressed.</param>
    public sealed record LedgerSection(
        uint? First, uint? Last, string Network, string Source, long Loaded, long LoadedBefore, long Found, long Repaired, long Bytes);

    /// <summary>The cursor that tells where history begins.</summary>
    /// <param name="Before">Its ledger before the run; null where there is no cursor, and then none was made.</param>
    /// <param name="After">Its ledger after the run.</param>
    public sealed record CursorSection(uint? Before, uint? After);

    /// <summary>One table.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Rows">Rows of committed batches, as confirmed by the server.</param>
    /// <param name="Bytes">Bytes sent.</param>
    /// <param name="CopySeconds">Time that the COPY commands took, summed over connections.</param>
    /// <param name="RowsPerSecond">Rows per second of the run's wall time.</param>
    public sealed record TableRow(string Name, long Rows, long Bytes, double CopySeconds, double RowsPerSecond);

    /// <summary>One stage; times are summed over its workers in all batches.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Workers">Workers of all connections.</param>
    /// <param name="Items">Messages taken.</param>
    /// <param name="BusySeconds">Working, the server's time included.</param>
    /// <param name="ServerSeconds">The part in which the server was at work.</param>
    /// <param name="WaitingInputSeconds">Waiting for something to do.</param>
    /// <param name="WaitingOutputSeconds">Waiting for room behind it.</param>
    public sealed record StageRow(
        string Name, int Workers, long Items, double BusySeconds, double ServerSeconds, double WaitingInputSeconds,
        double WaitingOutputSeconds);

    /// <summary>One connection.</summary>
    /// <param name="Number">Its number, from 1.</param>
    /// <param name="CopySeconds">In COPY.</param>
    /// <param name="WaitingRowsSeconds">In a transaction, waiting for rows.</param>
    /// <param name="OpenSeconds">Beginning transactions.</param>
    /// <param name="CommitSeconds">Waiting for the proof, bookkeeping, and COMMIT.</param>
    /// <param name="IdleSeconds">Without a batch.</param>
    public sealed record ConnectionRow(
        int Number, double CopySeconds, double WaitingRowsSeconds, double OpenSeconds, double CommitSeconds, double IdleSeconds);

    /// <summary>How rows came into the tables.</summary>
    /// <param name="Way">in_place, or what became of tables that were filled beside them: swap, partition or chunk.</param>
    /// <param name="Sentence">The way and its reason in words.</param>
    /// <param name="Batches">Batches that were filled beside the tables and committed.</param>
    /// <param name="Ledgers">Their ledgers.</param>
    public sealed record FillSection(string Way, string Sentence, int Batches, long Ledgers)
    {
        internal static string Tell(BesideChoice choice, string? refusal)
        {
            string sentence = choice.Kind == BesideKind.None
                ? $"Rows go into the tables as they are: {choice.Reason}."
                : $"Rows go beside the tables, and keys and indexes are built after them, where nothing is yet: {choice.Reason}.";
            return refusal is null ? sentence : $"{sentence} A batch went in place instead: {refusal}.";
        }
    }

    /// <summary>What bounds a run.</summary>
    /// <param name="What">server, source, client or nothing.</param>
    /// <param name="Sentence">The evidence in words.</param>
    public sealed record BottleneckSection(string What, string Sentence);

    /// <summary>Memory of this process.</summary>
    /// <param name="PeakWorkingSetBytes">Most physical memory at a time.</param>
    /// <param name="PeakRowBytes">Most bytes of pages at a time.</param>
    /// <param name="CpuSeconds">Processor time of this process, of its whole life.</param>
    /// <param name="GarbageCollections">Collections of generations 0, 1 and 2.</param>
    public sealed record MemorySection(
        long PeakWorkingSetBytes, long PeakRowBytes, double CpuSeconds, IReadOnlyList<int> GarbageCollections);

    /// <summary>The server.</summary>
    /// <param name="Host">Host or socket folder, and port.</param>
    /// <param name="Database">Database that was loaded.</param>
    /// <param name="Schema">Schema that was loaded.</param>
    /// <param name="Version">Version string.</param>
    /// <param name="Settings">Settings of the last transaction, as read back, and those that bound a load.</param>
    public sealed record ServerSection(
        string Host, string Database, string Schema, string Version, IReadOnlyDictionary<string, string> Settings);
}

/// <summary>Source-generated JSON of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BackfillReport))]
internal sealed partial class BackfillReportJson : JsonSerializerContext;
