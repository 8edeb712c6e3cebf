namespace StellarPipeline.Postgres.Migrations;

/// <summary>What taking migrations back would do: to be shown before it is done.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Files">The files, in the order in which they go: sql-migrate's, backwards.</param>
/// <param name="Dependents">What others have made and what would go along or stand in the way: views, foreign keys, triggers, functions;
/// described as PostgreSQL does.</param>
/// <param name="Remarks">What differs from what one may expect, such as another order of application.</param>
public sealed record MigrationDownPlan(
    string Schema, IReadOnlyList<MigrationDownFile> Files, IReadOnlyList<string> Dependents, IReadOnlyList<string> Remarks);

/// <summary>One file that would be taken back.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TrackingTable">The table that records it.</param>
/// <param name="AppliedAt">When it was applied, as recorded.</param>
/// <param name="Statements">The statements that would run.</param>
/// <param name="Tables">Tables that the file made and that are there.</param>
public sealed record MigrationDownFile(
    string Name, string TrackingTable, DateTimeOffset? AppliedAt, IReadOnlyList<string> Statements,
    IReadOnlyList<MigrationDownTable> Tables);

/// <summary>One table that would go.</summary>
/// <param name="Name">Its name, without the schema.</param>
/// <param name="Rows">Rows in it; null where the role may not read it.</param>
/// <param name="RowsMayBeMore">Row-level security hides rows from this role.</param>
public sealed record MigrationDownTable(string Name, long? Rows, bool RowsMayBeMore);
