using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Result of a load with the figures that support it. Written as JSON with snake_case names.</summary>
public sealed record PopulateReport
{
    /// <summary>Version of this layout; raised when a name or meaning changes.</summary>
    public int Format { get; init; } = 1;

    /// <summary>How the run ended. The report of a failed run has the error instead of the figures.</summary>
    /// <value>Always <c>committed</c> here.</value>
    public string Outcome { get; init; } = "committed";

    /// <summary>Program and version that made the load; empty if a caller of the library does not set it.</summary>
    public string Program { get; init; } = "";

    /// <summary>When the successful attempt began, UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it was committed, UTC.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>Why each earlier attempt failed.</summary>
    public IReadOnlyList<string> FailedAttempts { get; init; } = [];

    /// <summary>Samples of the load over time; empty if none were taken.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>Number of attempts, including the successful one. All figures are those of the successful one.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What an operator should know beyond the figures, in full sentences; empty if nothing was unusual.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>
    /// The remarks about work that others expect but that was not done, such as triggers that did not fire. They are printed even with
    /// --quiet.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The checkpoint and what its proof relies on.</summary>
    public required CheckpointSection Checkpoint { get; init; }

    /// <summary>Ledger entries: read = written + skipped.</summary>
    public required EntrySection Entries { get; init; }

    /// <summary>Rows per table.</summary>
    public required IReadOnlyList<TableRow> Tables { get; init; }

    /// <summary>Bytes read, decompressed and sent.</summary>
    public required ByteSection Bytes { get; init; }

    /// <summary>Wall time from the first byte of the archive to COMMIT, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows of all tables per second of <see cref="Seconds"/>.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Wall time per phase. Phases do not overlap.</summary>
    public required IReadOnlyList<PhaseRow> Phases { get; init; }

    /// <summary>How each stage spent the load phase.</summary>
    public required IReadOnlyList<StageRow> Stages { get; init; }

    /// <summary>What limited the speed of the load, with the evidence.</summary>
    public required BottleneckSection Bottleneck { get; init; }

    /// <summary>Where names of token contracts came from; null if they were not requested.</summary>
    public TokenSection? TokenMetadata { get; init; }

    /// <summary>How foreign keys were kept.</summary>
    public required ForeignKeySection ForeignKeys { get; init; }

    /// <summary>What the load kept, moved and removed in a database that ingestion has worked on; empty lists for a new database.</summary>
    public LivingSection Living { get; init; } = new([], [], []);

    /// <summary>Memory of this process.</summary>
    public required MemorySection Memory { get; init; }

    /// <summary>The server.</summary>
    public required ServerSection Server { get; init; }

    /// <summary>The report as indented JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, PopulateReportJson.Default.PopulateReport);

    /// <summary>The checkpoint that was loaded.</summary>
    /// <param name="Ledger">Ledger sequence.</param>
    /// <param name="CloseTime">When the ledger closed, UTC.</param>
    /// <param name="CloseTimeMilliseconds">The same in milliseconds since 1970-01-01 UTC; null if the header has only seconds.</param>
    /// <param name="Protocol">Protocol version of the ledger.</param>
    /// <param name="Network">Name of the network.</param>
    /// <param name="Archive">Where it was read from.</param>
    /// <param name="HeaderHash">SHA-256 of the ledger header, hexadecimal.</param>
    /// <param name="BucketListHash">The hash of the bucket list that the header commits to, hexadecimal.</param>
    /// <param name="Proof">What was proved, in one sentence.</param>
    /// <param name="RestsOn">What the proof relies on: the archive alone, a ledger hash given by the user, or a second archive that
    /// confirms it.</param>
    public sealed record CheckpointSection(
        uint Ledger, DateTimeOffset CloseTime, ulong? CloseTimeMilliseconds, uint Protocol, string Network, string Archive,
        string HeaderHash, string BucketListHash, string Proof, string RestsOn);

    /// <summary>What happened to the entries.</summary>
    /// <param name="Read">Live entries of the checkpoint.</param>
    /// <param name="Written">Entries that became a row.</param>
    /// <param name="Skipped">Entries that were skipped on purpose.</param>
    /// <param name="Records">Records of all buckets, including older versions and tombstones.</param>
    /// <param name="Shadowed">Older versions that a newer version replaced.</param>
    /// <param name="Tombstones">Tombstones of deleted entries.</param>
    /// <param name="Outcomes">Counts by type and outcome.</param>
    public sealed record EntrySection(
        long Read, long Written, long Skipped, long Records, long Shadowed, long Tombstones, IReadOnlyList<OutcomeRow> Outcomes);

    /// <summary>Entries of one type with one outcome.</summary>
    /// <param name="Type">Ledger entry type.</param>
    /// <param name="Outcome">Table, or reason of the skip.</param>
    /// <param name="Written">Whether the entries became rows.</param>
    /// <param name="Count">How many.</param>
    public sealed record OutcomeRow(string Type, string Outcome, bool Written, long Count);

    /// <summary>One table.</summary>
    /// <param name="Name">Table name.</param>
    /// <param name="Rows">Rows, as confirmed by the server.</param>
    /// <param name="Batches">Number of COPY commands.</param>
    /// <param name="Bytes">Bytes sent.</param>
    /// <param name="Seconds">Time in COPY.</param>
    public sealed record TableRow(string Name, long Rows, int Batches, long Bytes, double Seconds);

    /// <summary>Bytes of the load.</summary>
    /// <param name="Compressed">Read from the archive.</param>
    /// <param name="Raw">After decompression.</param>
    /// <param name="Rows">Sent to the database.</param>
    /// <param name="Downloaded">Compressed bytes that this run downloaded.</param>
    /// <param name="FromCache">Compressed bytes that were in the cache before.</param>
    public sealed record ByteSection(long Compressed, long Raw, long Rows, long Downloaded = 0, long FromCache = 0);

    /// <summary>One sample of the load.</summary>
    /// <param name="Seconds">Seconds since the load began.</param>
    /// <param name="Phase">The running phase.</param>
    /// <param name="RowsPerSecond">Rows per second that the server confirmed recently.</param>
    /// <param name="FetchedPerSecond">Bytes per second that were downloaded.</param>
    /// <param name="Stages">How the stages spent the time since the previous sample.</param>
    public sealed record CurvePoint(
        double Seconds, string Phase, double RowsPerSecond, double FetchedPerSecond, IReadOnlyList<CurveStage> Stages);

    /// <summary>One stage in a sample. Its three shares add up to 1.</summary>
    /// <param name="Name">Name of the stage.</param>
    /// <param name="Busy">Share of the time in which it worked, 0 to 1.</param>
    /// <param name="WaitingInput">Share in which it waited for input.</param>
    /// <param name="WaitingOutput">Share in which it waited for room in the next queue.</param>
    /// <param name="Fill">How full its queue was, 0 to 1.</param>
    public sealed record CurveStage(string Name, double Busy, double WaitingInput, double WaitingOutput, double Fill);

    /// <summary>One phase.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Seconds">Wall time.</param>
    public sealed record PhaseRow(string Name, double Seconds);

    /// <summary>One stage during the load phase; times are summed over its workers.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Workers">Workers.</param>
    /// <param name="Items">Messages that the stage took.</param>
    /// <param name="BusySeconds">Working.</param>
    /// <param name="WaitingInputSeconds">Waiting for input.</param>
    /// <param name="WaitingOutputSeconds">Waiting for room in the next queue.</param>
    public sealed record StageRow(
        string Name, int Workers, long Items, double BusySeconds, double WaitingInputSeconds, double WaitingOutputSeconds);

    /// <summary>What limited the speed of the load: a stage, the archive, or the fixed steps before the first row.</summary>
    /// <param name="Stage">Name of the stage; <c>archive</c> if waiting for the archive or reading it took longer than any stage worked;
    /// <c>preparation</c> if checks, locks and migrations took longer than both, as in small loads.</param>
    /// <param name="BusyShare">Share of the load phase in which the workers of the stage were busy, 0 to 1; for <c>archive</c> and
    /// <c>preparation</c>, their share of the whole time.</param>
    /// <param name="Sentence">The evidence in words.</param>
    public sealed record BottleneckSection(string Stage, double BusyShare, string Sentence);

    /// <summary>Foreign keys.</summary>
    /// <param name="Strategy">How they were kept during the load.</param>
    /// <param name="Reason">Why this strategy.</param>
    /// <param name="Proofs">What was proved before COMMIT.</param>
    public sealed record ForeignKeySection(string Strategy, string Reason, IReadOnlyList<ProofRow> Proofs);

    /// <summary>The proof of one foreign key.</summary>
    /// <param name="Constraint">Name of the constraint.</param>
    /// <param name="Table">Referencing table.</param>
    /// <param name="References">Referenced table, or the clause of the key.</param>
    /// <param name="Proof">How it was proved: by our anti-join, or by PostgreSQL when the key was created again.</param>
    /// <param name="Violations">Rows without a parent. Always 0: otherwise the load was rolled back.</param>
    /// <param name="Seconds">Time that it took.</param>
    public sealed record ProofRow(string Constraint, string Table, string References, string Proof, long Violations, double Seconds);

    /// <summary>Names, symbols and decimals of contracts with WASM code.</summary>
    /// <param name="FromStorage">Contracts that have them in their instance storage.</param>
    /// <param name="Unknown">Contracts without them, or with values that wallet-backend would not accept; most are no tokens.</param>
    public sealed record TokenSection(long FromStorage, long Unknown);

    /// <summary>What the load did to existing data that depends on the checkpoint, in phrases with counts.</summary>
    /// <param name="Kept">What was kept: classifications, metadata, cursors.</param>
    /// <param name="Moved">Cursors and statuses that were changed.</param>
    /// <param name="Dropped">What was removed.</param>
    public sealed record LivingSection(IReadOnlyList<string> Kept, IReadOnlyList<string> Moved, IReadOnlyList<string> Dropped);

    /// <summary>Memory of this process.</summary>
    /// <param name="PeakWorkingSetBytes">Peak physical memory.</param>
    /// <param name="PeakRowBytesInFlight">Peak bytes of encoded rows in memory.</param>
    /// <param name="RowBytesLimit">The limit of <paramref name="PeakRowBytesInFlight"/>.</param>
    /// <param name="GarbageCollections">Collections of generations 0, 1 and 2.</param>
    public sealed record MemorySection(
        long PeakWorkingSetBytes, long PeakRowBytesInFlight, long RowBytesLimit, IReadOnlyList<int> GarbageCollections);

    /// <summary>The server.</summary>
    /// <param name="Host">Host or socket folder, and port.</param>
    /// <param name="Database">Database that was loaded.</param>
    /// <param name="Schema">Schema that was loaded.</param>
    /// <param name="Version">Version string.</param>
    /// <param name="Settings">Settings of the load's transaction as the server reported them, and settings that limit a load.</param>
    /// <param name="Role">The role of the session.</param>
    public sealed record ServerSection(
        string Host, string Database, string Schema, string Version, IReadOnlyDictionary<string, string> Settings, string Role = "");
}

/// <summary>Source-generated JSON of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PopulateReport))]
internal sealed partial class PopulateReportJson : JsonSerializerContext;
