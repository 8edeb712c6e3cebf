using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>A table that a load will fill, with the types that its rows are encoded for.</summary>
/// <param name="Table">The table.</param>
/// <param name="Types">
/// For each column of <see cref="CopyTable.Columns"/> the type, or several joined by <c>|</c> that take the same bytes, such as
/// <c>text|character varying</c>. A type without a modifier stands for every modifier: <c>numeric</c> takes <c>numeric(20,7)</c> too. Short
/// names (int8, timestamptz, varchar) are understood.
/// </param>
public sealed record TableExpectation(CopyTable Table, IReadOnlyList<string> Types)
{
    /// <summary>
    /// Rows such as the load writes, one of each kind: constraints of the table that refuse one of them are found before the load. Default
    /// none: constraints are not looked at.
    /// </summary>
    public IReadOnlyList<RowSample> Samples { get; init; } = [];

    /// <summary>
    /// Sets of columns in which no two rows of the load are alike: a unique index over all columns of one of them refuses none.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Keys { get; init; } = [];
}
