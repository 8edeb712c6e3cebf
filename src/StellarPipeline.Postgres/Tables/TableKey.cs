namespace StellarPipeline.Postgres.Tables;

/// <summary>
/// A unique index that ON CONFLICT can use: valid, on plain columns, over all rows, and not deferrable.
/// </summary>
/// <param name="Name">Name of the index.</param>
/// <param name="IsPrimary">True for the primary key.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Operators">The equality operator of each column, as SQL with its schema: types of extensions have their own.</param>
public sealed record TableKey(string Name, bool IsPrimary, IReadOnlyList<string> Columns, IReadOnlyList<string> Operators);
