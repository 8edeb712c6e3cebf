using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Projection;

/// <summary>Columns of a parent row that was sent before everything about it was known. The final flush sets them.</summary>
/// <param name="Table">The parent's table.</param>
/// <param name="KeyColumn">Its primary key.</param>
/// <param name="Key">The row's key.</param>
/// <param name="Values">Columns and their values; null for NULL.</param>
public sealed record ParentUpdate(CopyTable Table, string KeyColumn, object Key, IReadOnlyList<KeyValuePair<string, object?>> Values);
