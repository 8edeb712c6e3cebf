namespace StellarPipeline.Cli.Show;

/// <summary>One page of a list.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Next">Cursor of the next page; null at the end.</param>
internal sealed record ListView<T>(
    IReadOnlyList<T> Rows,
    string? Next);
