namespace StellarPipeline.Postgres.Migrations;

/// <summary>Whether one migration is applied.</summary>
/// <param name="Name">File name.</param>
/// <param name="TrackingTable">Table that records it, or would.</param>
/// <param name="IsApplied">Whether a tracking table contains its name.</param>
/// <param name="AppliedAt">The recorded time; null if it is pending, or if another tool left it empty.</param>
/// <param name="IsKnown">False for a recorded name that is in none of the sets: it belongs to another tool and is not changed.</param>
public sealed record MigrationStatus(string Name, string TrackingTable, bool IsApplied, DateTimeOffset? AppliedAt, bool IsKnown);
