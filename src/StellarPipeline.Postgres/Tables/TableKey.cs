namespace StellarPipeline.Postgres.Tables;

/// <summary>
/// A unique index that can tell whether a row is there already: valid, of plain columns, over all rows, and checked at once (what ON
/// CONFLICT takes).
/// </summary>
/// <param name="Name">Name of the index.</param>
/// <param name="IsPrimary">True for the primary key.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Operators">What compares each of them, as SQL: a type of an extension has its operator in that extension's schema.</param>
public sealed record TableKey(string Name, bool IsPrimary, IReadOnlyList<string> Columns, IReadOnlyList<string> Operators);
