using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Writes a plan for programs: one JSON object, indented, with a fixed order of fields.</summary>
/// <remarks>
/// Fields: <c>role</c>, <c>server_major_version</c>, <c>refused</c>, <c>strategy</c> (null when refused), <c>layers</c>, <c>load_order</c>,
/// <c>foreign_keys</c>, <c>edges</c>, <c>cycles</c>, <c>strategies</c>, <c>polymorphic_pairs</c>, <c>locks</c>, <c>checks</c>,
/// <c>warnings</c>, <c>limits</c>, <c>statements</c>, <c>remedies</c>, <c>grants</c>. All names are snake_case, at every depth.
/// </remarks>
internal static class ForeignKeyPlanJson
{
    // Names may contain any letter. The output is not embedded in web pages, so letters are not escaped.
    private static readonly JsonWriterOptions WriterOptions =
        new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Renders the plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="locks">Which locks the load holds, as a full sentence; null to leave that out.</param>
    /// <param name="findings">The findings of the checks before a load; null for none. An obstacle among them makes <c>refused</c>
    /// true.</param>
    public static string Render(ForeignKeyPlan plan, string? locks = null, IReadOnlyList<LoadFinding>? findings = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            Write(json, plan, locks, findings ?? []);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, ForeignKeyPlan plan, string? locks, IReadOnlyList<LoadFinding> findings)
    {
        json.WriteStartObject();
        json.WriteString("role", plan.Role);
        json.WriteNumber("server_major_version", plan.Catalog.ServerMajorVersion);
        json.WriteBoolean("refused", plan.IsRefused || findings.Any(finding => finding.IsObstacle));
        json.WriteString("strategy", plan.Chosen?.Name);
        json.WriteStartArray("layers");
        foreach (IReadOnlyList<QualifiedName> layer in plan.Graph.Layers)
        {
            json.WriteStartArray();
            foreach (QualifiedName table in layer)
                json.WriteStringValue(table.ToString());
            json.WriteEndArray();
        }

        json.WriteEndArray();
        Strings(json, "load_order", plan.Graph.LoadOrder.Select(table => table.ToString()));
        Objects(json, "foreign_keys", plan.Catalog.Keys, key => Key(json, key, plan));
        Objects(json, "edges", plan.Graph.Edges, edge => Edge(json, edge));
        Objects(json, "cycles", plan.Graph.Cycles, cycle => Cycle(json, cycle));
        Objects(json, "strategies", plan.Strategies, verdict => Verdict(json, verdict));
        Objects(json, "polymorphic_pairs", plan.PolymorphicPairs, pair => Pair(json, pair));
        if (locks is not null)
            json.WriteString("locks", locks);
        Objects(json, "checks", findings, finding => Finding(json, finding));
        Strings(json, "warnings", plan.Warnings);
        Strings(json, "limits", ForeignKeyPlan.Limits);
        Strings(json, "statements", plan.Statements);
        Strings(json, "remedies", plan.Remedies);
        Strings(json, "grants", MissingRight.Script(findings).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        json.WriteEndObject();
    }

    private static void Key(Utf8JsonWriter json, ForeignKey key, ForeignKeyPlan plan)
    {
        json.WriteString("name", key.Name);
        json.WriteString("referencing", key.Referencing.ToString());
        Strings(json, "referencing_columns", key.Columns.Select(column => column.Referencing));
        json.WriteString("referenced", key.Referenced.ToString());
        Strings(json, "referenced_columns", key.Columns.Select(column => column.Referenced));
        json.WriteString("match", key.Match == ForeignKeyMatch.Full ? "full" : "simple");
        json.WriteString("on_update", Action(key.OnUpdate));
        json.WriteString("on_delete", Action(key.OnDelete));
        json.WriteBoolean("nullable", key.IsNullable);
        json.WriteBoolean("deferrable", key.IsDeferrable);
        json.WriteBoolean("initially_deferred", key.IsInitiallyDeferred);
        json.WriteBoolean("validated", key.IsValidated);
        json.WriteBoolean("enforced", key.IsEnforced);
        json.WriteBoolean("binds_load", key.BindsLoad);
        json.WriteBoolean("parent_loaded", key.LoadedReferenced.Count > 0);
        json.WriteBoolean("breaks_cycle", plan.Graph.DeferredKeys.Contains(key));
        json.WriteString("definition", key.Definition);
    }

    private static void Finding(Utf8JsonWriter json, LoadFinding finding)
    {
        json.WriteString("check", finding.Check);
        json.WriteBoolean("obstacle", finding.IsObstacle);
        json.WriteString("message", finding.Message);
    }

    private static void Edge(Utf8JsonWriter json, ForeignKeyEdge edge)
    {
        json.WriteString("child", edge.Child.ToString());
        json.WriteString("parent", edge.Parent.ToString());
        json.WriteString("constraint", edge.Key.Name);
    }

    private static void Cycle(Utf8JsonWriter json, ForeignKeyCycle cycle)
    {
        Strings(json, "tables", cycle.Tables.Select(table => table.ToString()));
        Strings(json, "constraints", cycle.Keys.Select(key => key.Name));
        Strings(json, "deferred_constraints", cycle.DeferredKeys.Select(key => key.Name));
        json.WriteBoolean("deferrable", cycle.CanBeDeferred);
    }

    private static void Verdict(Utf8JsonWriter json, StrategyVerdict verdict)
    {
        json.WriteString("name", verdict.Name);
        json.WriteBoolean("chosen", verdict.IsChosen);
        json.WriteBoolean("possible", verdict.Probe.IsPossible);
        if (verdict.EstimatedSeconds is { } seconds)
            json.WriteNumber("estimated_seconds", seconds);
        else
            json.WriteNull("estimated_seconds");
        Strings(json, "for", verdict.For);
        Strings(json, "against", verdict.Against);
        Strings(json, "remedies", verdict.Probe.Remedies);
        json.WriteString("cost", verdict.Facts.Cost);
        json.WriteString("locks", verdict.Facts.Locks);
        json.WriteString("needs", verdict.Facts.Needs);
        json.WriteString("what_can_remain_wrong", verdict.Facts.WhatCanRemainWrong);
        json.WriteString("parallel", verdict.Facts.Parallel);
    }

    private static void Pair(Utf8JsonWriter json, PolymorphicPair pair)
    {
        json.WriteString("table", pair.Table.ToString());
        json.WriteString("type_column", pair.TypeColumn);
        json.WriteString("id_column", pair.IdColumn);
    }

    private static string Action(ForeignKeyAction action) => action switch
    {
        ForeignKeyAction.Restrict => "restrict",
        ForeignKeyAction.Cascade => "cascade",
        ForeignKeyAction.SetNull => "set null",
        ForeignKeyAction.SetDefault => "set default",
        _ => "no action",
    };

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Objects<T>(Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T? value in values)
        {
            json.WriteStartObject();
            write(value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
