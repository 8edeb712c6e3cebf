namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// Columns <c>x_type</c> and <c>x_id</c> without a foreign key. Some frameworks use them as a reference to a table named in the row, which
/// PostgreSQL does not check and this library does not prove.
/// </summary>
/// <param name="Table">Table.</param>
/// <param name="TypeColumn">The column that would name a table.</param>
/// <param name="IdColumn">The column that would hold its key.</param>
public sealed record PolymorphicPair(QualifiedName Table, string TypeColumn, string IdColumn)
{
    /// <summary>Finds the pairs of a catalogue's loaded tables, in table and column order.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    public static IReadOnlyList<PolymorphicPair> Find(ForeignKeyCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        const string TypeSuffix = "_type";
        var pairs = new List<PolymorphicPair>();
        foreach (CatalogTable table in catalog.Tables)
        {
            var names = table.Columns.Select(column => column.Name).ToHashSet();
            var inKeys = catalog.Keys
                .Where(key => key.Referencing == table.Name || key.LoadedReferencing.Contains(table.Name))
                .SelectMany(key => key.Columns.Select(column => column.Referencing))
                .ToHashSet();
            foreach (string name in table.Columns.Select(column => column.Name))
            {
                if (!name.EndsWith(TypeSuffix, StringComparison.Ordinal) || name.Length == TypeSuffix.Length)
                    continue;
                string id = name[..^TypeSuffix.Length] + "_id";
                if (names.Contains(id) && !inKeys.Contains(id))
                    pairs.Add(new PolymorphicPair(table.Name, name, id));
            }
        }

        return pairs;
    }
}
