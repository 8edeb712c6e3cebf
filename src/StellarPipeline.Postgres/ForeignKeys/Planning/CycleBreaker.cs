using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Chooses the keys to defer so that the rest of a cycle has an order.</summary>
/// <remarks>
/// Finding the smallest set is NP-hard (feedback arc set). Therefore the cheapest key is chosen until no cycle is left; afterwards every
/// key that is not needed is removed from the set.
/// Order of cost: deferrable before not deferrable (otherwise the load would be refused needlessly), then nullable, then fewest referencing
/// rows, then name.
/// </remarks>
internal static class CycleBreaker
{
    public static List<ForeignKey> Choose(IReadOnlyList<ForeignKeyEdge> edges, Func<QualifiedName, double?> expectedRows)
    {
        var deferred = new List<ForeignKey>();
        while (true)
        {
            List<ForeignKeyEdge> candidates = EdgesOnCycles([.. edges.Where(edge => !deferred.Contains(edge.Key))]);
            if (candidates.Count == 0)
                break;
            deferred.Add(Cheapest(candidates, expectedRows));
        }

        for (int index = deferred.Count - 1; index >= 0; index--)
        {
            var without = deferred.Where((_, other) => other != index).ToList();
            if (EdgesOnCycles([.. edges.Where(edge => !without.Contains(edge.Key))]).Count == 0)
                deferred.RemoveAt(index);
        }

        return deferred;
    }

    private static ForeignKey Cheapest(List<ForeignKeyEdge> edges, Func<QualifiedName, double?> expectedRows) => edges
        .OrderByDescending(edge => edge.Key.IsDeferrable)
        .ThenByDescending(edge => edge.Key.IsNullable)
        .ThenBy(edge => expectedRows(edge.Child) ?? double.PositiveInfinity)
        .ThenBy(edge => edge.Key, Comparer<ForeignKey>.Create(ForeignKey.Compare))
        .First().Key;

    private static List<ForeignKeyEdge> EdgesOnCycles(IReadOnlyList<ForeignKeyEdge> edges)
    {
        QualifiedName[] names = [.. edges.SelectMany(edge => new[] { edge.Child, edge.Parent }).Distinct().Order()];
        Dictionary<QualifiedName, int> component = ForeignKeyGraph.ComponentOf(names, edges);
        return [.. edges.Where(edge => component[edge.Child] == component[edge.Parent])];
    }
}
