namespace StellarPipeline.Postgres.Migrations;

/// <summary>What is rolled back when the server refuses a statement of a migration.</summary>
internal enum MigrationScope
{
    /// <summary>The file: it has a transaction of its own.</summary>
    File,

    /// <summary>Nothing: the file says <c>notransaction</c>.</summary>
    Nothing,

    /// <summary>All files of the run, which share one transaction, and whatever else its owner does in it.</summary>
    Everything,
}
