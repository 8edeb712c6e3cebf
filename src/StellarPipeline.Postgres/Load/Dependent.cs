using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>Something outside a load that hangs on one of its tables.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Table">The table of the load.</param>
/// <param name="Owner">The table or view that it belongs to; for triggers and rules <paramref name="Table"/> itself.</param>
/// <param name="Name">Its name: of the constraint, trigger, rule, view or table.</param>
/// <param name="Action">What it does when rows of the table are removed, as SQL says it: ON DELETE CASCADE, AFTER DELETE FOR EACH
/// ROW.</param>
public sealed record Dependent(DependentKind Kind, QualifiedName Table, QualifiedName Owner, string Name, string Action)
{
    /// <summary>
    /// Rows concerned: for a key those that refer to the table, for a trigger or rule those whose deletion it sees, for a table that
    /// inherits its own. Null where that is not known, or does not matter.
    /// </summary>
    public long? Rows { get; init; }

    /// <summary>Why <see cref="Rows"/> is not known, as a phrase; null where it is.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>Whether it acts when rows are deleted.</summary>
    internal bool ActsOnDelete { get; init; }

    /// <summary>Whether it acts when the table is truncated.</summary>
    internal bool ActsOnTruncate { get; init; }

    /// <summary>Whether it only checks, and not before the end of the transaction: rows that come back in the load satisfy it.</summary>
    internal bool ChecksAtTheEnd { get; init; }

    /// <summary>
    /// Whether removing the rows of the table in this way changes rows of others, or may: then only a permission lets the load go on.
    /// </summary>
    internal bool StandsAgainst(EmptyingMethod method) =>
        (method == EmptyingMethod.Truncate ? ActsOnTruncate : ActsOnDelete) && !ChecksAtTheEnd && Rows != 0;

    /// <summary>For people: what, of which table, what it does, how many rows.</summary>
    public override string ToString()
    {
        string name = SqlText.ReadableIdentifier(Name);
        string what = Kind switch
        {
            DependentKind.ForeignKey => $"foreign key {name} of {Owner} refers to {Table} with {Action}",
            DependentKind.Trigger => $"trigger {name} of {Table} fires {Action}",
            DependentKind.Rule => $"rule {name} of {Table} acts {Action}",
            DependentKind.View => $"{Action} {Owner} reads {Table}",
            _ => $"table {Owner} inherits from {Table}: its rows stay, and whoever reads {Table} without ONLY sees them",
        };
        string rows = Rows is { } count ? string.Create(CultureInfo.InvariantCulture, $" ({count:N0} row{(count == 1 ? "" : "s")})") : "";
        return $"{what}{rows}{(WhyUnknown is null ? "" : $" (how many rows is not known: {WhyUnknown})")}";
    }
}
