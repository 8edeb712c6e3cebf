namespace StellarPipeline.Postgres.Migrations;

/// <summary>What reverting migrations would do; to be shown before it is done.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Files">The files in the order in which they are reverted: the reverse of sql-migrate's order.</param>
/// <param name="Dependents">Objects of others that would be dropped too or would prevent the revert: views, foreign keys, triggers,
/// functions. Described as PostgreSQL describes them.</param>
/// <param name="Remarks">Unexpected facts, such as a different order of application.</param>
public sealed record MigrationDownPlan(
    string Schema, IReadOnlyList<MigrationDownFile> Files, IReadOnlyList<string> Dependents, IReadOnlyList<string> Remarks);

/// <summary>One file that would be reverted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TrackingTable">The table that records it.</param>
/// <param name="AppliedAt">When it was applied, as recorded.</param>
/// <param name="Statements">The statements that would run.</param>
/// <param name="Tables">Tables that the file created and that exist.</param>
public sealed record MigrationDownFile(
    string Name, string TrackingTable, DateTimeOffset? AppliedAt, IReadOnlyList<string> Statements,
    IReadOnlyList<MigrationDownTable> Tables);

/// <summary>One table that would be dropped.</summary>
/// <param name="Name">Its name, without the schema.</param>
/// <param name="Rows">Rows in it; null if the role may not read it.</param>
/// <param name="RowsMayBeMore">Whether there may be more rows, which row-level security hides from this role.</param>
public sealed record MigrationDownTable(string Name, long? Rows, bool RowsMayBeMore);
