using Pipeline.Postgres.ForeignKeys;

namespace Pipeline.Stellar.Populate;

/// <summary>Keeps the proofs of foreign keys for the report.</summary>
internal sealed class ProofCollector : IAuditSink
{
    private readonly List<PopulateReport.ProofRow> rows = [];

    public IReadOnlyList<PopulateReport.ProofRow> Rows => rows;

    public void Record(AuditEvent auditEvent)
    {
        if (auditEvent.Name != AuditEvents.Proof) return;
        rows.Add(new PopulateReport.ProofRow(
            Text(auditEvent, "constraint"), Text(auditEvent, "referencing"), Text(auditEvent, "referenced"), Convert.ToInt64(auditEvent["violating_rows"], null), Convert.ToDouble(auditEvent["seconds"] ?? 0, null)));
    }

    private static string Text(AuditEvent auditEvent, string field) => auditEvent[field]?.ToString() ?? "";
}
