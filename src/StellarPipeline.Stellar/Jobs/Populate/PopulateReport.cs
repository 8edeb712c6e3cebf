using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>What a load did, with the figures that prove it. Written as JSON with snake_case names.</summary>
public sealed record PopulateReport
{
    /// <summary>Version of this layout; raised when a name or meaning changes.</summary>
    public int Format { get; init; } = 1;

    /// <summary>How the run ended; a report of one that failed has the error instead of the figures.</summary>
    /// <value>Always <c>committed</c> here.</value>
    public string Outcome { get; init; } = "committed";

    /// <summary>Program and version that made the load; empty where a caller of the library does not say.</summary>
    public string Program { get; init; } = "";

    /// <summary>When the successful attempt began, UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it was committed, UTC.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>Why each earlier attempt failed.</summary>
    public IReadOnlyList<string> FailedAttempts { get; init; } = [];

    /// <summary>The way of the load, a look at a time; empty where nobody looked.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>Attempts that were made, the successful one included; all figures are of that one.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What an operator should know beyond the figures, in full sentences; empty where all went as usual.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>
    /// Of the remarks those that tell of work which others expect and which was not done, such as triggers that did not fire: they are said
    /// even with --quiet.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The checkpoint and what its proof rests on.</summary>
    public required CheckpointSection Checkpoint { get; init; }

    /// <summary>Ledger entries: read = written + skipped.</summary>
    public required EntrySection Entries { get; init; }

    /// <summary>Rows per table.</summary>
    public required IReadOnlyList<TableRow> Tables { get; init; }

    /// <summary>Bytes by stage of the way.</summary>
    public required ByteSection Bytes { get; init; }

    /// <summary>Wall time from the first byte of the archive to COMMIT, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows of all tables per second of <see cref="Seconds"/>.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Wall time per phase; the phases do not overlap.</summary>
    public required IReadOnlyList<PhaseRow> Phases { get; init; }

    /// <summary>How each stage spent the load phase.</summary>
    public required IReadOnlyList<StageRow> Stages { get; init; }

    /// <summary>The stage that bounds the load, with the evidence.</summary>
    public required BottleneckSection Bottleneck { get; init; }

    /// <summary>Where names of token contracts came from; null where they were not asked for.</summary>
    public TokenSection? TokenMetadata { get; init; }

    /// <summary>How foreign keys were kept.</summary>
    public required ForeignKeySection ForeignKeys { get; init; }

    /// <summary>What the load did to what a database that ingestion has worked on had beside its rows; empty lists for a new one.</summary>
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
    /// <param name="CloseTimeMilliseconds">The same in milliseconds since 1970-01-01 UTC, where the header says it so exactly, else
    /// null.</param>
    /// <param name="Protocol">Protocol version of the ledger.</param>
    /// <param name="Network">Name of the network.</param>
    /// <param name="Archive">Where it was read from.</param>
    /// <param name="HeaderHash">SHA-256 of the ledger header, hexadecimal.</param>
    /// <param name="BucketListHash">The hash of the bucket list that the header commits to, hexadecimal.</param>
    /// <param name="Proof">What was proved, in one sentence.</param>
    /// <param name="RestsOn">What the proof rests on: the archive alone, a ledger hash given by the user, a second archive that confirms
    /// it.</param>
    public sealed record CheckpointSection(
        uint Ledger, DateTimeOffset CloseTime, ulong? CloseTimeMilliseconds, uint Protocol, string Network, string Archive,
        string HeaderHash, string BucketListHash, string Proof, string RestsOn);

    /// <summary>What became of the entries.</summary>
    /// <param name="Read">Live entries that the merge gave out.</param>
    /// <param name="Written">Entries that became a row.</param>
    /// <param name="Skipped">Entries that were left out on purpose.</param>
    /// <param name="Records">Records of all buckets, older versions and tombstones included.</param>
    /// <param name="Shadowed">Older versions that a newer one replaced.</param>
    /// <param name="Tombstones">Deletions.</param>
    /// <param name="Outcomes">Counts by type and outcome.</param>
    public sealed record EntrySection(
        long Read, long Written, long Skipped, long Records, long Shadowed, long Tombstones, IReadOnlyList<OutcomeRow> Outcomes);

    /// <summary>Entries of one type with one outcome.</summary>
    /// <param name="Type">Ledger entry type.</param>
    /// <param name="Outcome">Table or reason of the skip.</param>
    /// <param name="Written">Whether the entries became rows.</param>
    /// <param name="Count">How many.</param>
    public sealed record OutcomeRow(string Type, string Outcome, bool Written, long Count);

    /// <summary>One table.</summary>
    /// <param name="Name">Table name.</param>
    /// <param name="Rows">Rows, as confirmed by the server.</param>
    /// <param name="Batches">COPY commands.</param>
    /// <param name="Bytes">Bytes sent.</param>
    /// <param name="Seconds">Time that the COPY commands took.</param>
    public sealed record TableRow(string Name, long Rows, int Batches, long Bytes, double Seconds);

    /// <summary>Bytes.</summary>
    /// <param name="Compressed">Read from the archive.</param>
    /// <param name="Raw">After decompression.</param>
    /// <param name="Rows">Sent to the database.</param>
    /// <param name="Downloaded">Of the compressed ones those that came from far away in this run.</param>
    /// <param name="FromCache">Those that were in the cache before.</param>
    public sealed record ByteSection(long Compressed, long Raw, long Rows, long Downloaded = 0, long FromCache = 0);

    /// <summary>One look at the load.</summary>
    /// <param name="Seconds">Time since it began.</param>
    /// <param name="Phase">The phase that ran.</param>
    /// <param name="RowsPerSecond">Rows that the server confirmed a second, lately.</param>
    /// <param name="FetchedPerSecond">Bytes that came from far away a second.</param>
    /// <param name="Stages">How the stages spent the last seconds.</param>
    public sealed record CurvePoint(
        double Seconds, string Phase, double RowsPerSecond, double FetchedPerSecond, IReadOnlyList<CurveStage> Stages);

    /// <summary>A stage at one look; the shares are 1 together.</summary>
    /// <param name="Name">Name of the stage.</param>
    /// <param name="Busy">Share of the time in which it worked.</param>
    /// <param name="WaitingInput">Share in which it waited for something to do.</param>
    /// <param name="WaitingOutput">Share in which it waited for room downstream.</param>
    /// <param name="Fill">How full its queue was, 0 to 1.</param>
    public sealed record CurveStage(string Name, double Busy, double WaitingInput, double WaitingOutput, double Fill);

    /// <summary>One phase.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Seconds">Wall time.</param>
    public sealed record PhaseRow(string Name, double Seconds);

    /// <summary>One stage during the load phase; times are summed over its workers.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Workers">Workers.</param>
    /// <param name="Items">Messages taken.</param>
    /// <param name="BusySeconds">Working.</param>
    /// <param name="WaitingInputSeconds">Waiting for something to do.</param>
    /// <param name="WaitingOutputSeconds">Waiting for room downstream.</param>
    public sealed record StageRow(
        string Name, int Workers, long Items, double BusySeconds, double WaitingInputSeconds, double WaitingOutputSeconds);

    /// <summary>What bounds the load: a stage, or the archive.</summary>
    /// <param name="Stage">Name of the stage; <c>archive</c> where waiting for the archive, or reading it, took longer than any stage
    /// worked.</param>
    /// <param name="BusyShare">Share of the load phase in which each worker of the stage was busy, 0 to 1; for the archive, its share of
    /// the whole time.</param>
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
    /// <param name="Proof">How it was proved: by our anti-join, or by PostgreSQL when the key was added again.</param>
    /// <param name="Violations">Rows without a parent: 0, else the load was rolled back.</param>
    /// <param name="Seconds">Time that it took.</param>
    public sealed record ProofRow(string Constraint, string Table, string References, string Proof, long Violations, double Seconds);

    /// <summary>Names, symbols and decimals of contracts with WASM code.</summary>
    /// <param name="FromStorage">Contracts that keep them in their instance storage.</param>
    /// <param name="Unknown">Contracts that keep none there, or some that wallet-backend would not take; most are no tokens.</param>
    public sealed record TokenSection(long FromStorage, long Unknown);

    /// <summary>What hung on the checkpoint before the load, in phrases with counts.</summary>
    /// <param name="Kept">What is as it was: classifications, metadata, cursors.</param>
    /// <param name="Moved">Cursors and statuses that are others now.</param>
    /// <param name="Dropped">What is gone.</param>
    public sealed record LivingSection(IReadOnlyList<string> Kept, IReadOnlyList<string> Moved, IReadOnlyList<string> Dropped);

    /// <summary>Memory of this process.</summary>
    /// <param name="PeakWorkingSetBytes">Most physical memory at a time.</param>
    /// <param name="PeakRowBytesInFlight">Most encoded row bytes on their way at a time.</param>
    /// <param name="RowBytesLimit">The limit of that.</param>
    /// <param name="GarbageCollections">Collections of generations 0, 1 and 2.</param>
    public sealed record MemorySection(
        long PeakWorkingSetBytes, long PeakRowBytesInFlight, long RowBytesLimit, IReadOnlyList<int> GarbageCollections);

    /// <summary>The server.</summary>
    /// <param name="Host">Host or socket folder, and port.</param>
    /// <param name="Database">Database that was loaded.</param>
    /// <param name="Schema">Schema that was loaded.</param>
    /// <param name="Version">Version string.</param>
    /// <param name="Settings">Settings of the load's transaction, as read back, and those that bound a load.</param>
    /// <param name="Role">The role that loaded.</param>
    public sealed record ServerSection(
        string Host, string Database, string Schema, string Version, IReadOnlyDictionary<string, string> Settings, string Role = "");
}

/// <summary>Source-generated JSON of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PopulateReport))]
internal sealed partial class PopulateReportJson : JsonSerializerContext;
