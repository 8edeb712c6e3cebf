using System.Globalization;
using System.Text;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// Writes a plan's graph in the DOT language of Graphviz: arrows from child to parent, a box around each cycle, deferred keys dashed,
/// tables outside the load grey.
/// </summary>
internal static class ForeignKeyPlanDot
{
    /// <summary>Renders the graph, lines ended by line feed.</summary>
    /// <param name="plan">The plan.</param>
    public static string Render(ForeignKeyPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var dot = new StringBuilder("digraph foreign_keys {\n  rankdir=BT;\n  node [shape=box];\n");
        foreach (IReadOnlyList<QualifiedName> layer in plan.Graph.Layers)
        {
            foreach (QualifiedName table in layer)
                dot.Append(CultureInfo.InvariantCulture, $"  {Quote(table.ToString())};\n");
        }

        var loaded = plan.Catalog.Tables.Select(table => table.Name).ToHashSet();
        var outside = plan.Catalog.BindingKeys.Where(key => key.LoadedReferenced.Count == 0).ToList();
        foreach (QualifiedName table in outside.Select(key => key.Referenced).Distinct().Order())
            dot.Append(CultureInfo.InvariantCulture, $"  {Quote(table.ToString())} [style=dashed, color=grey];\n");
        for (int index = 0; index < plan.Graph.Cycles.Count; index++)
        {
            string members = string.Join("; ", plan.Graph.Cycles[index].Tables.Select(table => Quote(table.ToString())));
            dot.Append(CultureInfo.InvariantCulture, $"  subgraph cluster_{index} {{ label=\"cycle\"; {members}; }}\n");
        }

        foreach (ForeignKeyEdge edge in plan.Graph.Edges)
        {
            Arrow(
                dot, edge.Child, edge.Parent, edge.Key.Name, plan.Graph.DeferredKeys.Contains(edge.Key) ? ", style=dashed, color=red" : "");
        }

        foreach (ForeignKey? key in outside)
        {
            foreach (QualifiedName child in key.LoadedReferencing.Where(loaded.Contains))
                Arrow(dot, child, key.Referenced, key.Name, ", color=grey");
        }

        return dot.Append("}\n").ToString();
    }

    private static void Arrow(StringBuilder dot, QualifiedName child, QualifiedName parent, string label, string style) =>
        dot.Append(
            CultureInfo.InvariantCulture, $"  {Quote(child.ToString())} -> {Quote(parent.ToString())} [label={Quote(label)}{style}];\n");

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
