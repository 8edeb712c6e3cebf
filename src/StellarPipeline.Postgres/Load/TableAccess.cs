namespace StellarPipeline.Postgres.Load;

/// <summary>Whether other sessions may write to the tables of a load while it runs.</summary>
public enum TableAccess
{
    /// <summary>Exclusive if the role may lock the tables so; otherwise shared, and the plan says so.</summary>
    Auto,

    /// <summary>
    /// No other session may write: all tables are locked in one statement before the catalogue and the tables are read, until COMMIT. Needs
    /// UPDATE, DELETE or TRUNCATE on each table.
    /// </summary>
    Exclusive,

    /// <summary>
    /// Other sessions may write: the locks only protect the tables' definitions. Foreign keys are then kept by <c>ordered</c> or
    /// <c>deferred</c>.
    /// </summary>
    Shared,
}
