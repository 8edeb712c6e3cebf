using System.Globalization;
using System.Text;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Writes a plan for people: plain text, no colours, lines ended by line feed.</summary>
public static class ForeignKeyPlanText
{
    /// <summary>Renders the plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="locks">Which locks the load holds, as a full sentence; null to leave that out.</param>
    /// <param name="findings">The findings of the checks before a load; null for none.</param>
    public static string Render(ForeignKeyPlan plan, string? locks = null, IReadOnlyList<LoadFinding>? findings = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var text = new StringBuilder();
        Line(text,
            $"Foreign-key plan for {plan.Catalog.Tables.Count} tables, role {plan.Role}, PostgreSQL {plan.Catalog.ServerMajorVersion}");
        Layers(text, plan);
        Keys(text, plan);
        Cycles(text, plan);
        Strategies(text, plan);
        Section(text, "Locks", locks is null ? [] : [locks]);
        Section(text, "Checks", [.. (findings ?? []).Where(finding => !finding.IsObstacle).Select(finding => finding.Message)]);
        Section(text, "Warnings", plan.Warnings);
        Section(text, "Limits", ForeignKeyPlan.Limits);
        Section(text, "Refused: a load would end before it changes anything",
            [.. (findings ?? []).Where(finding => finding.IsObstacle).Select(finding => finding.Message)]);
        Section(text, "All rights that are missing, for the owner of the tables to run",
            MissingRight.Script(findings ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        if (plan.IsRefused)
        {
            Section(text, "Refused. SQL that would make the load possible (what one strategy lacks is enough)", plan.Remedies);
            return text.ToString();
        }

        Section(text, $"SQL to run ({plan.Chosen!.Name})", plan.Statements);
        return text.ToString();
    }

    private static void Layers(StringBuilder text, ForeignKeyPlan plan)
    {
        Line(text, "");
        Line(text, "Layers (parents first)");
        for (int layer = 0; layer < plan.Graph.Layers.Count; layer++)
            Line(text, $"  {layer}: {string.Join(", ", plan.Graph.Layers[layer])}");
    }

    private static void Keys(StringBuilder text, ForeignKeyPlan plan)
    {
        Line(text, "");
        Line(text, "Foreign keys");
        if (plan.Catalog.Keys.Count == 0)
            Line(text, "  none");
        foreach (ForeignKey key in plan.Catalog.Keys)
            Line(text, $"  {key}{Properties(key, plan)}");
    }

    private static string Properties(ForeignKey key, ForeignKeyPlan plan)
    {
        var properties = new List<string>();
        if (key.Match == ForeignKeyMatch.Full)
            properties.Add("match full");
        properties.Add(key.IsNullable ? "nullable" : "not null");
        properties.Add((key.IsDeferrable, key.IsInitiallyDeferred) switch
        {
            (true, true) => "deferrable, initially deferred",
            (true, false) => "deferrable",
            _ => "not deferrable",
        });
        if (!key.IsValidated)
            properties.Add("not valid");
        if (!key.IsEnforced)
            properties.Add("not enforced");
        if (key.LoadedReferencing.Count == 0)
            properties.Add("not loaded");
        else if (key.LoadedReferenced.Count == 0)
            properties.Add("parent outside the load: its rows must exist");
        if (plan.Graph.DeferredKeys.Contains(key))
            properties.Add("breaks a cycle");
        return $" [{string.Join("; ", properties)}]";
    }

    private static void Cycles(StringBuilder text, ForeignKeyPlan plan)
    {
        if (plan.Graph.Cycles.Count == 0)
            return;
        Line(text, "");
        Line(text, "Cycles");
        foreach (ForeignKeyCycle cycle in plan.Graph.Cycles)
        {
            Line(text, $"  {string.Join(", ", cycle.Tables)}: {cycle.Keys.Count} keys");
            foreach (ForeignKey key in cycle.DeferredKeys)
                Line(text, $"    broken by deferring {key}{(key.IsDeferrable ? "" : ", which is NOT DEFERRABLE")}");
        }
    }

    private static void Strategies(StringBuilder text, ForeignKeyPlan plan)
    {
        Line(text, "");
        Line(text, "Strategies");
        foreach (StrategyVerdict verdict in plan.Strategies)
        {
            Line(text, $"  {verdict.Name}: {(verdict.IsChosen ? "CHOSEN" : verdict.Probe.IsPossible ? "possible" : "impossible")}");
            foreach (string reason in verdict.For)
                Line(text, $"    + {reason}");
            foreach (string reason in verdict.Against)
                Line(text, $"    - {reason}");
        }
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        Line(text, "");
        Line(text, title);
        foreach (string line in lines)
            Line(text, $"  {line}");
    }

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}").Append('\n');
}
