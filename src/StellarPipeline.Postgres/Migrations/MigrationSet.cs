namespace StellarPipeline.Postgres.Migrations;

/// <summary>Migrations that are tracked in one table.</summary>
/// <param name="Source">The files.</param>
/// <param name="TrackingTable">Name of the table, without schema; it is in the first schema of the search path.
/// <see cref="SqlMigrateTable"/> shares a database with rubenv/sql-migrate.</param>
public sealed record MigrationSet(MigrationSource Source, string TrackingTable = MigrationSet.SqlMigrateTable)
{
    /// <summary>The tracking table of rubenv/sql-migrate.</summary>
    public const string SqlMigrateTable = "gorp_migrations";
}
