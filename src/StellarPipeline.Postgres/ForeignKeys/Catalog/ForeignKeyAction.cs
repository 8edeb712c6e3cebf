namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// What happens to referencing rows when a referenced key is updated or deleted (pg_constraint.confupdtype, confdeltype).
/// </summary>
public enum ForeignKeyAction
{
    /// <summary>NO ACTION: refused, at the end of the statement or when deferred at the end of the transaction.</summary>
    NoAction,

    /// <summary>RESTRICT: refused at once, never deferred.</summary>
    Restrict,

    /// <summary>CASCADE.</summary>
    Cascade,

    /// <summary>SET NULL.</summary>
    SetNull,

    /// <summary>SET DEFAULT.</summary>
    SetDefault,
}
