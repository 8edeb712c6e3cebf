using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>
/// Names and fields of every audit event. Every field is always present, and null if it does not apply. Tables and columns are written in
/// readable form.
/// </summary>
/// <remarks>A load writes <see cref="Plan"/>, then one <see cref="Probe"/> per strategy, <see cref="Cycle"/>, <see cref="CycleBreak"/>,
/// <see cref="PolymorphicWarning"/> and <see cref="Warning"/> as they apply, then <see cref="Strategy"/>; what follows is done by the
/// strategy, in the order in which it happens.</remarks>
internal static class AuditEvents
{
    /// <summary>
    /// The plan. Fields: <c>role</c>, <c>server_major_version</c>, <c>tables</c>, <c>layers</c> (tables of one layer joined by comma),
    /// <c>load_order</c>, <c>keys</c> (number that bind loaded rows), <c>refused</c>.
    /// </summary>
    public const string Plan = "foreign_key_plan";

    /// <summary>
    /// The evaluation of one strategy. Fields: <c>strategy</c>, <c>possible</c>, <c>estimated_seconds</c>, <c>obstacles</c>,
    /// <c>cautions</c>, <c>remedies</c>.
    /// </summary>
    public const string Probe = "foreign_key_probe";

    /// <summary>The choice. Fields: <c>strategy</c> (null when refused), <c>requested</c>, <c>reason</c>.</summary>
    public const string Strategy = "foreign_key_strategy";

    /// <summary>
    /// Tables that refer to each other in a cycle. Fields: <c>tables</c>, <c>constraints</c>, <c>deferrable</c> (whether the keys that
    /// break it can be deferred).
    /// </summary>
    public const string Cycle = "foreign_key_cycle";

    /// <summary>
    /// The key that breaks a cycle when its check is deferred. Fields: <c>constraint</c>, <c>referencing</c>, <c>referenced</c>,
    /// <c>nullable</c>, <c>deferrable</c>, <c>expected_rows</c>.
    /// </summary>
    public const string CycleBreak = "cycle_break";

    /// <summary>A key whose check is deferred in this load. Fields: <c>constraint</c>, <c>referencing</c>, <c>referenced</c>.</summary>
    public const string DeferredEdge = "deferred_edge";

    /// <summary>
    /// Columns that look like an unchecked reference. Fields: <c>table</c>, <c>type_column</c>, <c>id_column</c>.
    /// </summary>
    public const string PolymorphicWarning = "polymorphic_fk_warning";

    /// <summary>Something else that a person should check. Fields: <c>message</c>.</summary>
    public const string Warning = "foreign_key_warning";

    /// <summary>A server setting was read back after it was set. Fields: <c>setting</c>, <c>expected</c>, <c>actual</c>.</summary>
    public const string Setting = "setting_read_back";

    /// <summary>A foreign key was dropped for the load. Fields: <c>constraint</c>, <c>referencing</c>, <c>definition</c>.</summary>
    public const string Dropped = "foreign_key_dropped";

    /// <summary>
    /// A foreign key was added again and compared with what was dropped. Fields: <c>constraint</c>, <c>referencing</c>, <c>referenced</c>,
    /// <c>definition</c>, <c>seconds</c>.
    /// </summary>
    public const string Restored = "foreign_key_restored";

    /// <summary>An index was dropped for the load. Fields: <c>table</c>, <c>index</c>, <c>definition</c>.</summary>
    public const string IndexDropped = "index_dropped";

    /// <summary>An index was built again. Fields: <c>table</c>, <c>index</c>, <c>definition</c>, <c>seconds</c>.</summary>
    public const string IndexRestored = "index_restored";

    /// <summary>
    /// An index was not dropped although a rebuild was requested. Fields: <c>table</c>, <c>index</c> (null for all of the table),
    /// <c>reason</c>.
    /// </summary>
    public const string IndexKept = "index_kept";

    /// <summary>
    /// A foreign key was proved, or found violated. Fields: <c>constraint</c>, <c>referencing</c>, <c>referenced</c>,
    /// <c>violating_rows</c>, <c>sample_keys</c>, <c>seconds</c> (null when violated).
    /// </summary>
    public const string Proof = "foreign_key_proof";

    internal static IEnumerable<AuditEvent> OfPlan(ForeignKeyPlan plan)
    {
        yield return Information(
            Plan,
            new("role", plan.Role),
            new("server_major_version", plan.Catalog.ServerMajorVersion),
            new("tables", Names(plan.Catalog.Tables.Select(table => table.Name))),
            new("layers", plan.Graph.Layers.Select(layer => string.Join(", ", layer)).ToList()),
            new("load_order", Names(plan.Graph.LoadOrder)),
            new("keys", plan.Catalog.BindingKeys.Count()),
            new("refused", plan.IsRefused));
        foreach (StrategyVerdict verdict in plan.Strategies)
            yield return ProbeOf(verdict);
        foreach (ForeignKeyCycle cycle in plan.Graph.Cycles)
        {
            yield return Information(
                Cycle,
                new("tables", Names(cycle.Tables)),
                new("constraints", cycle.Keys.Select(key => key.Name).ToList()),
                new("deferrable", cycle.CanBeDeferred));
            foreach (ForeignKey key in cycle.DeferredKeys)
                yield return CycleBreakOf(key, plan);
        }

        foreach (PolymorphicPair pair in plan.PolymorphicPairs)
            yield return PolymorphicOf(pair);
        foreach (string message in PlanWarnings.Of(plan.Catalog, []))
            yield return WarningOf(message);
        yield return new AuditEvent(
            Strategy,
            plan.IsRefused ? AuditSeverity.Warning : AuditSeverity.Information,
            [
                new("strategy", plan.Chosen?.Name), new("requested", ForeignKeyPlanner.NameOf(plan.Options.Choice)),
                new("reason", plan.Chosen?.For[0] ?? "No strategy that was asked for is possible."),
            ]);
    }

    internal static AuditEvent PolymorphicOf(PolymorphicPair pair) => new(
        PolymorphicWarning,
        AuditSeverity.Warning,
        [new("table", pair.Table.ToString()), new("type_column", pair.TypeColumn), new("id_column", pair.IdColumn)]);

    internal static AuditEvent ProofOf(ForeignKey key, long rows, IReadOnlyList<string> samples, TimeSpan? elapsed) => new(
        Proof,
        rows == 0 ? AuditSeverity.Information : AuditSeverity.Warning,
        [
            new("constraint", key.Name), new("referencing", key.Referencing.ToString()), new("referenced", key.Referenced.ToString()),
            new("violating_rows", rows), new("sample_keys", samples), new("seconds", elapsed?.TotalSeconds),
        ]);

    internal static AuditEvent SettingOf(string setting, string expected, string actual) => new(
        Setting,
        expected == actual ? AuditSeverity.Information : AuditSeverity.Warning,
        [new("setting", setting), new("expected", expected), new("actual", actual)]);

    internal static AuditEvent WarningOf(string message) => new(Warning, AuditSeverity.Warning, [new("message", message)]);

    internal static AuditEvent DeferredEdgeOf(ForeignKey key) =>
        Information(DeferredEdge, new("constraint", key.Name), new("referencing", key.Referencing.ToString()),
            new("referenced", key.Referenced.ToString()));

    internal static AuditEvent DroppedOf(ForeignKey key) =>
        Information(
            Dropped, new("constraint", key.Name), new("referencing", key.Referencing.ToString()), new("definition", key.Definition));

    internal static AuditEvent RestoredOf(ForeignKey key, TimeSpan elapsed) => Information(
        Restored,
        new("constraint", key.Name),
        new("referencing", key.Referencing.ToString()),
        new("referenced", key.Referenced.ToString()),
        new("definition", key.Definition),
        new("seconds", elapsed.TotalSeconds));

    internal static AuditEvent IndexDroppedOf(DroppedIndex index) =>
        Information(IndexDropped, new("table", index.Table.ToString()), new("index", index.Name), new("definition", index.Definition));

    internal static AuditEvent IndexRestoredOf(DroppedIndex index, TimeSpan elapsed) => Information(
        IndexRestored,
        new("table", index.Table.ToString()),
        new("index", index.Name),
        new("definition", index.Definition),
        new("seconds", elapsed.TotalSeconds));

    internal static AuditEvent IndexKeptOf(QualifiedName table, string? index, string reason) =>
        Information(IndexKept, new("table", table.ToString()), new("index", index), new("reason", reason));

    private static AuditEvent ProbeOf(StrategyVerdict verdict) => Information(
        Probe,
        new("strategy", verdict.Name),
        new("possible", verdict.Probe.IsPossible),
        new("estimated_seconds", verdict.EstimatedSeconds),
        new("obstacles", verdict.Probe.Obstacles),
        new("cautions", verdict.Probe.Cautions),
        new("remedies", verdict.Probe.Remedies));

    private static AuditEvent CycleBreakOf(ForeignKey key, ForeignKeyPlan plan) => Information(
        CycleBreak,
        new("constraint", key.Name),
        new("referencing", key.Referencing.ToString()),
        new("referenced", key.Referenced.ToString()),
        new("nullable", key.IsNullable),
        new("deferrable", key.IsDeferrable),
        new("expected_rows", plan.Graph.ExpectedRows(key.Referencing)));

    private static List<string> Names(IEnumerable<QualifiedName> names) => [.. names.Select(name => name.ToString())];

    private static AuditEvent Information(string name, params KeyValuePair<string, object?>[] fields) =>
        new(name, AuditSeverity.Information, fields);
}
