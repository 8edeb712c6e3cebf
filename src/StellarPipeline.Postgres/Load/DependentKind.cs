namespace StellarPipeline.Postgres.Load;

/// <summary>The kind of an object outside a load that depends on a table of the load.</summary>
public enum DependentKind
{
    /// <summary>A foreign key of another table.</summary>
    ForeignKey,

    /// <summary>A trigger that fires when rows are deleted or the table is truncated.</summary>
    Trigger,

    /// <summary>A rule ON DELETE.</summary>
    Rule,

    /// <summary>A view or materialized view that reads the table.</summary>
    View,

    /// <summary>A table that inherits from it.</summary>
    Heir,
}
