namespace StellarPipeline.Postgres.Migrations;

/// <summary>The state of the migrations in one schema, read in one go.</summary>
/// <param name="Schema">Schema in which tables are created and looked up.</param>
/// <param name="Role">Current role.</param>
/// <param name="TrackingTables">Tracking tables that exist, with the names that they record.</param>
/// <param name="Tables">Names of all tables in the schema that a pending migration would create.</param>
internal sealed record MigrationState(
    string Schema, string Role, IReadOnlyDictionary<string, IReadOnlyDictionary<string, DateTimeOffset?>> TrackingTables,
    IReadOnlySet<string> Tables)
{
    /// <summary>The table that records a migration, and when it was applied; null if none records it.</summary>
    public (string TrackingTable, DateTimeOffset? AppliedAt)? Find(string name)
    {
        foreach ((string? table, IReadOnlyDictionary<string, DateTimeOffset?>? rows) in TrackingTables)
        {
            if (rows.TryGetValue(name, out DateTimeOffset? appliedAt))
                return (table, appliedAt);
        }

        return null;
    }
}
