using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>Collects the strategy's events for the result of a load, and passes each event on.</summary>
internal sealed class LoadRecorder(IAuditSink? next) : IAuditSink
{
    private readonly List<LoadProof> proofs = [];
    private readonly Dictionary<string, string> settings = [];
    private readonly List<string> remarks = [];
    private readonly List<string> warnings = [];

    /// <summary>The proofs so far.</summary>
    public IReadOnlyList<LoadProof> Proofs => proofs;

    /// <inheritdoc/>
    public void Record(AuditEvent auditEvent)
    {
        next?.Record(auditEvent);
        if (auditEvent.Name == AuditEvents.Setting) settings.TryAdd(Text(auditEvent, "setting"), Text(auditEvent, "actual"));
        bool isProof = auditEvent.Name == AuditEvents.Proof;
        if (!isProof && auditEvent.Name != AuditEvents.Restored) return;
        proofs.Add(new LoadProof(
            Text(auditEvent, "constraint"),
            Text(auditEvent, "referencing"),
            Text(auditEvent, "referenced"),
            isProof ? "anti-join" : "validated by PostgreSQL",
            Convert.ToInt64(auditEvent["violating_rows"] ?? 0, null),
            Convert.ToDouble(auditEvent["seconds"] ?? 0, null)));
    }

    /// <summary>
    /// Records which user triggers of the tables fire and which do not fire while the rows are loaded.
    /// </summary>
    public void Opened(LoadOpening opening)
    {
        remarks.AddRange(opening.Remarks);
        bool isReplica = opening.Strategy is ReplicaStrategy;
        foreach (CatalogTrigger trigger in opening.ForeignKeys.Catalog.Triggers.Where(trigger => trigger.FiresOnInsert))
        {
            if (isReplica && trigger.IsSilencedByReplica)
            {
                warnings.Add(
                    $"While the rows were loaded, {trigger} did not fire, because session_replication_role was "
                        + $"replica. Its work was not done for these rows.");
            }
            else if (trigger.State == 'A' || (isReplica ? trigger.IsAwakenedByReplica : trigger.IsSilencedByReplica))
            {
                remarks.Add($"While the rows were loaded, {trigger} fired for them.");
            }
        }
    }

    /// <summary>The result of a load that was committed.</summary>
    public LoadResult Result(LoadTransaction load, LoadOpening opening, IBatchWriter writer, CommitOutcome outcome,
        IReadOnlyList<StageCounters> stages, IReadOnlyList<LoadPhase> phases)
    {
        if (outcome == CommitOutcome.FoundOutLater)
        {
            remarks.Add(
                string.Create(CultureInfo.InvariantCulture,
                    $"The connection was lost during COMMIT. The server was asked again on another one: transaction {load.TransactionId} "
                            + $"is committed, so the load is complete."));
        }

        return new LoadResult
        {
            Outcome = outcome,
            TransactionId = load.TransactionId,
            Server = new LoadServer(load.Host, load.Database, load.Schema ?? "",
                load.ServerSettings.GetValueOrDefault("server_version", load.ServerVersion.ToString()), load.Role),
            Tables = writer.Counters,
            Plan = opening.Plan,
            Strategy = opening.Strategy.Name,
            RebuiltIndexes = opening.RebuildsIndexes,
            Proofs = proofs,
            Settings = Settings(load),
            Stages = stages,
            Phases = phases,
            Emptied = opening.Emptied,
            Remarks = [.. remarks, .. warnings],
            Warnings = warnings,
        };
    }

    private SortedDictionary<string, string> Settings(LoadTransaction load)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in load.ServerSettings.Concat(load.AppliedSettings).Concat(settings)) all[name] = value;
        all.Remove("server_version");
        return all;
    }

    private static string Text(AuditEvent auditEvent, string field) => auditEvent[field]?.ToString() ?? "";
}
