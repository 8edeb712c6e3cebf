namespace StellarPipeline.Cli.Show;

/// <summary>Some rows of a list, as they are shown.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Next">Cursor to go on behind them; null at the end.</param>
internal sealed record ListView<T>(
    IReadOnlyList<T> Rows,
    string? Next);
