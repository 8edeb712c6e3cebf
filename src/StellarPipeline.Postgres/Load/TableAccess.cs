namespace StellarPipeline.Postgres.Load;

/// <summary>Whether other sessions may write to the tables of a load while it runs.</summary>
public enum TableAccess
{
    /// <summary>Exclusive where the role may lock the tables so; else shared, and the plan says so.</summary>
    Auto,

    /// <summary>
    /// Nobody else writes: all tables are locked, in one statement, before the catalogue and emptiness are read, until COMMIT. Needs
    /// UPDATE, DELETE or TRUNCATE on each.
    /// </summary>
    Exclusive,

    /// <summary>
    /// Others may write: the locks only keep the tables' definitions as they are. Foreign keys are then kept by <c>ordered</c> or
    /// <c>deferred</c>.
    /// </summary>
    Shared,
}
