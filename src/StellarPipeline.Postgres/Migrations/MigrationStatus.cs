namespace StellarPipeline.Postgres.Migrations;

/// <summary>Whether one migration is applied.</summary>
/// <param name="Name">File name.</param>
/// <param name="TrackingTable">Table that records it, or would.</param>
/// <param name="IsApplied">Whether a tracking table has its name.</param>
/// <param name="AppliedAt">When, as recorded; null when pending, or when another tool left it empty.</param>
/// <param name="IsKnown">False for a recorded name that is in none of the sets: it belongs to another tool, and is left alone.</param>
public sealed record MigrationStatus(string Name, string TrackingTable, bool IsApplied, DateTimeOffset? AppliedAt, bool IsKnown);
