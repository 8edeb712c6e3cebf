using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// Tables that refer to each other in a circle, or one that refers to itself: no order of writing suits all of their keys.
/// </summary>
/// <param name="Tables">The strongly connected component, in name order.</param>
/// <param name="Keys">Every key between them, in name order.</param>
/// <param name="DeferredKeys">Keys to defer so that the rest has an order: as few as needed, cheapest first.</param>
public sealed record ForeignKeyCycle(
    IReadOnlyList<QualifiedName> Tables, IReadOnlyList<ForeignKey> Keys, IReadOnlyList<ForeignKey> DeferredKeys)
{
    /// <summary>Whether PostgreSQL lets all of <see cref="DeferredKeys"/> be deferred.</summary>
    public bool CanBeDeferred => DeferredKeys.All(key => key.IsDeferrable);
}
