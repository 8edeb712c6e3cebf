using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>One key seen as an edge between two loaded tables: <paramref name="Child"/> rows need <paramref name="Parent"/> rows.</summary>
/// <param name="Key">The key.</param>
/// <param name="Child">Loaded table with the referencing rows (the key's own table, or a partition of it or above it).</param>
/// <param name="Parent">Loaded table with the referenced rows.</param>
public sealed record ForeignKeyEdge(ForeignKey Key, QualifiedName Child, QualifiedName Parent)
{
    internal static int Compare(ForeignKeyEdge left, ForeignKeyEdge right)
    {
        int order = left.Child.CompareTo(right.Child);
        if (order == 0)
            order = left.Parent.CompareTo(right.Parent);
        return order != 0 ? order : ForeignKey.Compare(left.Key, right.Key);
    }
}
