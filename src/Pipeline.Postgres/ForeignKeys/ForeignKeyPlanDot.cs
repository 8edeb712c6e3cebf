using System.Globalization;
using System.Text;

namespace Pipeline.Postgres.ForeignKeys;

/// <summary>Writes a plan's graph in the DOT language of Graphviz: arrows from child to parent, a box around each cycle, deferred keys dashed, tables outside the load grey.</summary>
public static class ForeignKeyPlanDot
{
    /// <summary>Renders the graph, lines ended by line feed.</summary>
    /// <param name="plan">The plan.</param>
    public static string Render(ForeignKeyPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var dot = new StringBuilder("digraph foreign_keys {\n  rankdir=BT;\n  node [shape=box];\n");
        foreach (var layer in plan.Graph.Layers)
        {
            foreach (var table in layer)
                dot.Append(CultureInfo.InvariantCulture, $"  {Quote(table.ToString())};\n");
        }

        var loaded = plan.Catalog.Tables.Select(table => table.Name).ToHashSet();
        var outside = plan.Catalog.BindingKeys.Where(key => key.LoadedReferenced.Count == 0).ToList();
        foreach (var table in outside.Select(key => key.Referenced).Distinct().Order())
            dot.Append(CultureInfo.InvariantCulture, $"  {Quote(table.ToString())} [style=dashed, color=grey];\n");
        for (int index = 0; index < plan.Graph.Cycles.Count; index++)
        {
            string members = string.Join("; ", plan.Graph.Cycles[index].Tables.Select(table => Quote(table.ToString())));
            dot.Append(CultureInfo.InvariantCulture, $"  subgraph cluster_{index} {{ label=\"cycle\"; {members}; }}\n");
        }

        foreach (var edge in plan.Graph.Edges)
        {
            string style = plan.Graph.DeferredKeys.Contains(edge.Key) ? ", style=dashed, color=red" : "";
            dot.Append(CultureInfo.InvariantCulture, $"  {Quote(edge.Child.ToString())} -> {Quote(edge.Parent.ToString())} [label={Quote(edge.Key.Name)}{style}];\n");
        }

        foreach (var key in outside)
        {
            foreach (var child in key.LoadedReferencing.Where(loaded.Contains))
                dot.Append(CultureInfo.InvariantCulture, $"  {Quote(child.ToString())} -> {Quote(key.Referenced.ToString())} [label={Quote(key.Name)}, color=grey];\n");
        }

        return dot.Append("}\n").ToString();
    }

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
