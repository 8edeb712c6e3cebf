using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>An object outside a load that depends on one of its tables.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Table">The table of the load.</param>
/// <param name="Owner">The table or view that it belongs to; for triggers and rules <paramref name="Table"/> itself.</param>
/// <param name="Name">The name of the constraint, trigger, rule, view or table.</param>
/// <param name="Action">What it does when rows of the table are removed, in SQL: ON DELETE CASCADE, AFTER DELETE FOR EACH ROW.</param>
public sealed record Dependent(DependentKind Kind, QualifiedName Table, QualifiedName Owner, string Name, string Action)
{
    /// <summary>
    /// Number of affected rows: for a key, the rows that refer to the table; for a trigger or rule, the rows whose deletion it sees; for a
    /// table that inherits, its own rows. Null if that is unknown or does not matter.
    /// </summary>
    public long? Rows { get; init; }

    /// <summary>Why <see cref="Rows"/> is unknown, as a phrase; null if it is known.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>Whether it acts when rows are deleted.</summary>
    internal bool ActsOnDelete { get; init; }

    /// <summary>Whether it acts when the table is truncated.</summary>
    internal bool ActsOnTruncate { get; init; }

    /// <summary>Whether it only checks at the end of the transaction, so that rows that the load writes again satisfy it.</summary>
    internal bool ChecksAtTheEnd { get; init; }

    /// <summary>
    /// Whether removing the rows of the table by this method changes, or may change, rows outside the load. The load then needs permission.
    /// </summary>
    internal bool StandsAgainst(EmptyingMethod method) =>
        (method == EmptyingMethod.Truncate ? ActsOnTruncate : ActsOnDelete) && !ChecksAtTheEnd && Rows != 0;

    /// <summary>A readable description: the object, its table, what it does, and the number of rows.</summary>
    public override string ToString()
    {
        string name = SqlText.ReadableIdentifier(Name);
        string what = Kind switch
        {
            DependentKind.ForeignKey => $"foreign key {name} of {Owner} refers to {Table} with {Action}",
            DependentKind.Trigger => $"trigger {name} of {Table} fires {Action}",
            DependentKind.Rule => $"rule {name} of {Table} acts {Action}",
            DependentKind.View => $"{Action} {Owner} reads {Table}",
            _ => $"table {Owner} inherits from {Table}: its rows stay, and a query of {Table} without ONLY returns them",
        };
        string rows = Rows is { } count ? string.Create(CultureInfo.InvariantCulture, $" ({count:N0} row{(count == 1 ? "" : "s")})") : "";
        return $"{what}{rows}{(WhyUnknown is null ? "" : $" (number of rows unknown: {WhyUnknown})")}";
    }
}
