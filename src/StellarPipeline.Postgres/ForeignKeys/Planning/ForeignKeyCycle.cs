using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// Tables that refer to each other in a cycle, or a table that refers to itself. No write order satisfies all of their keys.
/// </summary>
/// <param name="Tables">The strongly connected component, in name order.</param>
/// <param name="Keys">Every key between them, in name order.</param>
/// <param name="DeferredKeys">Keys to defer so that the other keys have a write order: as few as needed, cheapest first.</param>
public sealed record ForeignKeyCycle(
    IReadOnlyList<QualifiedName> Tables, IReadOnlyList<ForeignKey> Keys, IReadOnlyList<ForeignKey> DeferredKeys)
{
    /// <summary>Whether all of <see cref="DeferredKeys"/> are deferrable.</summary>
    public bool CanBeDeferred => DeferredKeys.All(key => key.IsDeferrable);
}
