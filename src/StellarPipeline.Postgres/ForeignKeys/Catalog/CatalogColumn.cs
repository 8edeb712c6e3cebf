namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>A column of a loaded table.</summary>
/// <param name="Name">Name, exact case.</param>
/// <param name="TypeName">Type as SQL writes it, for example <c>bigint</c>.</param>
/// <param name="IsNullable">Whether it may be NULL.</param>
public sealed record CatalogColumn(string Name, string TypeName, bool IsNullable);
