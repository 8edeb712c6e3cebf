namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Some rows of what an account owns, in the order of their keys.</summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <param name="Rows">The rows.</param>
/// <param name="Next">Opaque place of the last row, where the list goes on behind it; null at its end.</param>
public sealed record KeyedPage<TRow>(IReadOnlyList<TRow> Rows, string? Next);
