namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>Passes each audit event to several sinks, in their order.</summary>
public sealed class CompositeAuditSink : IAuditSink
{
    private readonly IAuditSink[] sinks;

    /// <summary>Joins sinks.</summary>
    /// <param name="sinks">The sinks; the caller disposes them.</param>
    public CompositeAuditSink(params IEnumerable<IAuditSink> sinks)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        this.sinks = [.. sinks];
    }

    /// <inheritdoc/>
    public void Record(AuditEvent auditEvent)
    {
        foreach (IAuditSink sink in this.sinks)
            sink.Record(auditEvent);
    }
}
