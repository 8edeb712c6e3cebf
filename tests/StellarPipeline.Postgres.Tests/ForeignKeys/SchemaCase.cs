namespace StellarPipeline.Postgres.Tests.ForeignKeys;

/// <summary>A schema, and batches for it in an order that is as bad as can be: children first.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Ddl">Statements that make it.</param>
/// <param name="Batches">Table to load and INSERT, one per batch.</param>
/// <param name="Deferred">Keys that the planner defers to break cycles.</param>
/// <param name="MixedDeferrable">Whether every key between loaded tables is deferrable, so that <c>deferred</c> takes the batches in this
/// order.</param>
/// <param name="OrderedPossible">Whether <c>ordered</c> is possible without a change of the schema.</param>
public sealed record SchemaCase(string Name, string Ddl, IReadOnlyList<(string Table, string Insert)> Batches, string Deferred,
    bool MixedDeferrable, bool OrderedPossible)
{
    public IEnumerable<string> Tables => Batches.Select(batch => batch.Table).Distinct();

    public override string ToString() => Name;
}
