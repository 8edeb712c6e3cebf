using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Stellar.Populate;

/// <summary>Keeps the proofs of foreign keys for the report and passes every event on.</summary>
internal sealed class ProofCollector(IAuditSink? next) : IAuditSink
{
    private readonly List<PopulateReport.ProofRow> rows = [];
    private readonly Dictionary<string, string> settings = [];

    public IReadOnlyList<PopulateReport.ProofRow> Rows => rows;

    /// <summary>Settings that the strategy made and read back.</summary>
    public IReadOnlyDictionary<string, string> Settings => settings;

    public void Record(AuditEvent auditEvent)
    {
        next?.Record(auditEvent);
        if (auditEvent.Name == AuditEvents.Setting) settings.TryAdd(Text(auditEvent, "setting"), Text(auditEvent, "actual"));
        bool isProof = auditEvent.Name == AuditEvents.Proof;
        if (!isProof && auditEvent.Name != AuditEvents.Restored) return;
        rows.Add(new PopulateReport.ProofRow(
            Text(auditEvent, "constraint"),
            Text(auditEvent, "referencing"),
            Text(auditEvent, "referenced"),
            isProof ? "anti-join" : "validated by PostgreSQL",
            Convert.ToInt64(auditEvent["violating_rows"] ?? 0, null),
            Convert.ToDouble(auditEvent["seconds"] ?? 0, null)));
    }

    private static string Text(AuditEvent auditEvent, string field) => auditEvent[field]?.ToString() ?? "";
}
