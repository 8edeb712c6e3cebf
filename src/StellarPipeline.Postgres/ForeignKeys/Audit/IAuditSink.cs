namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>Receives audit events in the order in which they happen.</summary>
[System.ComponentModel.TypeConverter(typeof(CodeOnlyConverter))]
public interface IAuditSink
{
    /// <summary>
    /// Records one event. Called a few dozen times per load, never per row, and never from two threads at once by one load.
    /// </summary>
    /// <param name="auditEvent">What happened.</param>
    void Record(AuditEvent auditEvent);
}
