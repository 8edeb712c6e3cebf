using StellarPipeline.Postgres.ForeignKeys.Audit;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Audit;

/// <summary>Keeps every event for the test to look at.</summary>
internal sealed class RecordingAudit : IAuditSink
{
    public List<AuditEvent> Events { get; } = [];

    public void Record(AuditEvent auditEvent) => Events.Add(auditEvent);

    public IEnumerable<AuditEvent> Named(string name) => Events.Where(auditEvent => auditEvent.Name == name);
}
