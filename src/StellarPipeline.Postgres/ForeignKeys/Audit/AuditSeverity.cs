namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>How much attention an audit event needs.</summary>
public enum AuditSeverity
{
    /// <summary>What was done, for the record.</summary>
    Information,

    /// <summary>Something that a person should check; the load continues.</summary>
    Warning,
}
