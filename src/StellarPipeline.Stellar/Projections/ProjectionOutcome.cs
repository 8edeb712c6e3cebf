using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections;

/// <summary>The outcome of a view: rows, or a skip on purpose with its reason.</summary>
/// <param name="Name">Name in reports, in snake_case: usually the table if it is written, the reason if it is skipped. Nothing depends on
/// it.</param>
/// <param name="IsWritten">Whether the view became rows.</param>
/// <param name="Explanation">One sentence for the report.</param>
public sealed record ProjectionOutcome(string Name, bool IsWritten, string Explanation)
{
    /// <summary>
    /// The table in which each view with this outcome is exactly one row, so that the counts can be compared; null if there is none.
    /// </summary>
    public CopyTable? OneRowOf { get; init; }
}
