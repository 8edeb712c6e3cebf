namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>A page of rows that an account owns, in the order of their keys.</summary>
/// <typeparam name="TRow">Type of a row.</typeparam>
/// <param name="Rows">The rows.</param>
/// <param name="Next">Opaque cursor of the next page; null on the last page.</param>
public sealed record KeyedPage<TRow>(IReadOnlyList<TRow> Rows, string? Next);
