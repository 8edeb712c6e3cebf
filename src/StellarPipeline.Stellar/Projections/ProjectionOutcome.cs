using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections;

/// <summary>What became of a view: rows, or a skip on purpose with its reason.</summary>
/// <param name="Name">What reports call it: for a written one usually the table, for a skipped one the reason, in snake_case. Nothing is
/// decided by it.</param>
/// <param name="IsWritten">Whether rows were made of the view.</param>
/// <param name="Explanation">One sentence for the report.</param>
public sealed record ProjectionOutcome(string Name, bool IsWritten, string Explanation)
{
    /// <summary>
    /// The table of which each view of this outcome becomes exactly one row, so that the counts must agree; null where that is not so.
    /// </summary>
    public CopyTable? OneRowOf { get; init; }
}
