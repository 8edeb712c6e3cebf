namespace StellarPipeline.Stellar.Timescale;

/// <summary>A job of TimescaleDB that concerns a history table.</summary>
/// <param name="Id">Its number in timescaledb_information.jobs.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Procedure">Name of its procedure.</param>
/// <param name="Table">The table; empty if the job belongs to no table.</param>
/// <param name="After">Age from which on it acts on a chunk, as PostgreSQL prints an interval; empty if it has none.</param>
/// <param name="Every">How often it runs, as PostgreSQL prints an interval.</param>
/// <param name="IsOn">Whether it is scheduled.</param>
/// <param name="LastRun">When it last ran; null for never.</param>
/// <param name="LastOutcome">Outcome of the last run, in TimescaleDB's words; empty for none.</param>
/// <param name="NextRun">When it runs next; null if not set.</param>
/// <param name="Failures">Number of failed runs.</param>
internal sealed record TimescaleJobState(
    long Id, TimescaleJobKind Kind, string Procedure, string Table, string After, string Every, bool IsOn, DateTime? LastRun,
    string LastOutcome, DateTime? NextRun, long Failures);
