namespace StellarPipeline.Stellar.Timescale;

/// <summary>A job of TimescaleDB that concerns a history table.</summary>
/// <param name="Id">Its number, as in timescaledb_information.jobs.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Procedure">Name of its procedure.</param>
/// <param name="Table">The table; empty for a job of none.</param>
/// <param name="After">How old a chunk must be, as PostgreSQL writes it; empty for a job that does not ask.</param>
/// <param name="Every">How often it runs, as PostgreSQL writes it.</param>
/// <param name="IsOn">Whether it runs at all.</param>
/// <param name="LastRun">When it ran last; null for never.</param>
/// <param name="LastOutcome">How that ended, as TimescaleDB says it; empty for never.</param>
/// <param name="NextRun">When it will run next; null where that is not set.</param>
/// <param name="Failures">Runs that failed.</param>
internal sealed record TimescaleJobState(
    long Id, TimescaleJobKind Kind, string Procedure, string Table, string After, string Every, bool IsOn, DateTime? LastRun,
    string LastOutcome, DateTime? NextRun, long Failures);
