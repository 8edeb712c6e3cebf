using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Result of a backfill with the figures that support it. Written as JSON with snake_case names.</summary>
public sealed record BackfillReport
{
    /// <summary>Version of this layout; raised when a name or meaning changes.</summary>
    public int Format { get; init; } = 1;

    /// <summary>What an operator should know beyond the figures, in full sentences; empty if nothing was unusual.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The ledgers.</summary>
    public required LedgerSection Ledgers { get; init; }

    /// <summary>What was proved and by what, in full sentences: one for each stretch of ledgers that chain.</summary>
    public required IReadOnlyList<string> Proofs { get; init; }

    /// <summary>oldest_ingest_ledger.</summary>
    public required CursorSection Cursor { get; init; }

    /// <summary>Rows per table that the batches of this run wrote.</summary>
    public required IReadOnlyList<TableRow> Tables { get; init; }

    /// <summary>Transactions that were committed.</summary>
    public required int Batches { get; init; }

    /// <summary>Batches that were tried again.</summary>
    public required int Retries { get; init; }

    /// <summary>Wall time of the run, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Wall time since the first batch began, in seconds.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>Ledgers per second of <see cref="LoadSeconds"/>.</summary>
    public required double LedgersPerSecond { get; init; }

    /// <summary>Rows of all tables per second of <see cref="LoadSeconds"/>.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>How each stage spent its time; summed over batches and workers.</summary>
    public required IReadOnlyList<StageRow> Stages { get; init; }

    /// <summary>How each connection spent its time.</summary>
    public required IReadOnlyList<ConnectionRow> Connections { get; init; }

    /// <summary>How rows were written; null if there was nothing to load.</summary>
    public FillSection? Fill { get; init; }

    /// <summary>What limited the speed of the run, with the evidence.</summary>
    public required BottleneckSection Bottleneck { get; init; }

    /// <summary>Bytes of WAL that the server wrote during the run, for all sessions; null if the server does not tell.</summary>
    public required long? WalBytes { get; init; }

    /// <summary>Memory of this process.</summary>
    public required MemorySection Memory { get; init; }

    /// <summary>The server; null if there was nothing to load.</summary>
    public required ServerSection? Server { get; init; }

    /// <summary>The report as indented JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BackfillReportJson.Default.BackfillReport);

    /// <summary>The ledgers of a run.</summary>
    /// <param name="First">The first ledger of the range; null if the source had no ledger.</param>
    /// <param name="Last">The last ledger of the range.</param>
    /// <param name="Network">Name of the network.</param>
    /// <param name="Source">Where the ledgers were read.</param>
    /// <param name="Loaded">Ledgers that this run loaded.</param>
    /// <param name="LoadedBefore">Ledgers that earlier runs had loaded.</param>
    /// <param name="Found">Complete ledgers that another program had written.</param>
    /// <param name="Repaired">Torn ledgers that were deleted and written again.</param>
    /// <param name="Bytes">Uncompressed bytes of the ledgers that were read.</param>
    public sealed record LedgerSection(
        uint? First, uint? Last, string Network, string Source, long Loaded, long LoadedBefore, long Found, long Repaired, long Bytes);

    /// <summary>The cursor oldest_ingest_ledger, which says where history begins.</summary>
    /// <param name="Before">Its ledger before the run; null if there is no cursor. The run does not create one.</param>
    /// <param name="After">Its ledger after the run.</param>
    public sealed record CursorSection(uint? Before, uint? After);

    /// <summary>One table.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Rows">Rows of committed batches, as confirmed by the server.</param>
    /// <param name="Bytes">Bytes of these rows as sent.</param>
    /// <param name="CopySeconds">Time in COPY of committed batches, summed over connections.</param>
    /// <param name="RowsPerSecond">Rows per second since the first batch began.</param>
    public sealed record TableRow(string Name, long Rows, long Bytes, double CopySeconds, double RowsPerSecond);

    /// <summary>One stage; times are summed over its workers in all batches.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Workers">Workers, summed over all connections.</param>
    /// <param name="Items">Messages that the stage took.</param>
    /// <param name="BusySeconds">Working, including the server's time.</param>
    /// <param name="ServerSeconds">The part of it that was spent waiting for the server.</param>
    /// <param name="WaitingInputSeconds">Waiting for input.</param>
    /// <param name="WaitingOutputSeconds">Waiting for room in the next queue.</param>
    public sealed record StageRow(
        string Name, int Workers, long Items, double BusySeconds, double ServerSeconds, double WaitingInputSeconds,
        double WaitingOutputSeconds);

    /// <summary>One connection.</summary>
    /// <param name="Number">Its number, from 1.</param>
    /// <param name="CopySeconds">In COPY.</param>
    /// <param name="WaitingRowsSeconds">In a transaction, waiting for rows.</param>
    /// <param name="OpenSeconds">Beginning transactions.</param>
    /// <param name="CommitSeconds">Waiting for the proof, writing the bookkeeping, and COMMIT.</param>
    /// <param name="IdleSeconds">Without a batch.</param>
    public sealed record ConnectionRow(
        int Number, double CopySeconds, double WaitingRowsSeconds, double OpenSeconds, double CommitSeconds, double IdleSeconds);

    /// <summary>How rows were written.</summary>
    /// <param name="Way">in_place, or what became of the separate tables: swap, partition or chunk.</param>
    /// <param name="Sentence">The way and its reason in words.</param>
    /// <param name="Batches">Committed batches that were filled in separate tables.</param>
    /// <param name="Ledgers">Their ledgers.</param>
    public sealed record FillSection(string Way, string Sentence, int Batches, long Ledgers)
    {
        internal static string Tell(BesideChoice choice, string? refusal)
        {
            string sentence = choice.Kind == BesideKind.None
                ? $"Rows are written into the history tables directly: {choice.Reason}."
                : $"Rows are written into separate tables, whose keys and indexes are built after the rows: {choice.Reason}.";
            return refusal is null ? sentence : $"{sentence} A batch was written in place instead: {refusal}.";
        }
    }

    /// <summary>What limited the speed of a run.</summary>
    /// <param name="What">server, source, client or nothing.</param>
    /// <param name="Sentence">The evidence in words.</param>
    public sealed record BottleneckSection(string What, string Sentence);

    /// <summary>Memory of this process.</summary>
    /// <param name="PeakWorkingSetBytes">Peak physical memory.</param>
    /// <param name="PeakRowBytes">Peak bytes of pages.</param>
    /// <param name="CpuSeconds">Processor time since the process started.</param>
    /// <param name="GarbageCollections">Collections of generations 0, 1 and 2.</param>
    public sealed record MemorySection(
        long PeakWorkingSetBytes, long PeakRowBytes, double CpuSeconds, IReadOnlyList<int> GarbageCollections);

    /// <summary>The server.</summary>
    /// <param name="Host">Host or socket folder, and port.</param>
    /// <param name="Database">Database that was loaded.</param>
    /// <param name="Schema">Schema that was loaded.</param>
    /// <param name="Version">Version string.</param>
    /// <param name="Settings">Settings of the last transaction as the server reported them, and settings that limit a load.</param>
    public sealed record ServerSection(
        string Host, string Database, string Schema, string Version, IReadOnlyDictionary<string, string> Settings);
}

/// <summary>Source-generated JSON of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BackfillReport))]
internal sealed partial class BackfillReportJson : JsonSerializerContext;
