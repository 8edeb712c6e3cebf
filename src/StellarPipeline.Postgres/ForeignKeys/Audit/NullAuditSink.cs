namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>Records nothing.</summary>
public sealed class NullAuditSink : IAuditSink
{
    private NullAuditSink()
    {
    }

    /// <summary>The only instance.</summary>
    public static NullAuditSink Instance { get; } = new();

    /// <inheritdoc/>
    public void Record(AuditEvent auditEvent)
    {
    }
}
