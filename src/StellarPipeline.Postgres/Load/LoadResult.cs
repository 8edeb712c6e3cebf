using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>The result of a committed load, with its evidence.</summary>
public sealed record LoadResult
{
    /// <summary>How the commit was confirmed.</summary>
    public required CommitOutcome Outcome { get; init; }

    /// <summary>The transaction's 64-bit id, as pg_current_xact_id shows it.</summary>
    public required ulong TransactionId { get; init; }

    /// <summary>The server and database that contain the rows.</summary>
    public required LoadServer Server { get; init; }

    /// <summary>Rows, bytes and batches by table, confirmed by the server. Tables without rows are left out.</summary>
    public required IReadOnlyCollection<CopyCounters> Tables { get; init; }

    /// <summary>
    /// The plan as confirmed under the load's locks. Use it for the next load: it differs from the original plan if the catalogue had
    /// changed.
    /// </summary>
    public required LoadPlan Plan { get; init; }

    /// <summary>Name of the foreign-key strategy that was used.</summary>
    public required string Strategy { get; init; }

    /// <summary>Whether indexes were built after the rows.</summary>
    public required bool RebuiltIndexes { get; init; }

    /// <summary>What was proved about foreign keys, and by whom.</summary>
    public required IReadOnlyList<LoadProof> Proofs { get; init; }

    /// <summary>
    /// Settings that the load ran with, as the server shows them: its own, and server settings that affect its speed.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>How the two stages of the load spent their time.</summary>
    public required IReadOnlyList<StageCounters> Stages { get; init; }

    /// <summary>Wall time by phase: open, schema, preflight, load, foreign keys, commit.</summary>
    public required IReadOnlyList<LoadPhase> Phases { get; init; }

    /// <summary>How the tables were emptied; null if they were not.</summary>
    public EmptyingResult? Emptied { get; init; }

    /// <summary>What an operator should know beyond the figures, in full sentences; empty if nothing unusual happened.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>Those remarks that report triggers which did not fire.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Rows of all tables.</summary>
    public long Rows => Tables.Sum(table => table.Rows);
}

/// <summary>The server and database that a load wrote to.</summary>
/// <param name="Host">Host, or socket folder, and port of the server that answered.</param>
/// <param name="Database">The database, as the server names it.</param>
/// <param name="Schema">The schema of tables named without one; empty if there is none.</param>
/// <param name="Version">The server's version, as it shows it.</param>
/// <param name="Role">The role that the session logged in as.</param>
public sealed record LoadServer(string Host, string Database, string Schema, string Version, string Role = "");

/// <summary>The proof of one foreign key.</summary>
/// <param name="Constraint">Name of the constraint.</param>
/// <param name="Referencing">The table whose rows refer.</param>
/// <param name="Referenced">The table that they refer to.</param>
/// <param name="By">How it was proved: by an anti-join query of the load, or by PostgreSQL.</param>
/// <param name="ViolatingRows">Rows without a parent: always 0 after a commit.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record LoadProof(string Constraint, string Referencing, string Referenced, string By, long ViolatingRows, double Seconds);
