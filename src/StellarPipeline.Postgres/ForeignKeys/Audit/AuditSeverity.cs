namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>How much attention an audit event wants.</summary>
public enum AuditSeverity
{
    /// <summary>What was done, for the record.</summary>
    Information,

    /// <summary>Something that a person should look at; the load goes on.</summary>
    Warning,
}
