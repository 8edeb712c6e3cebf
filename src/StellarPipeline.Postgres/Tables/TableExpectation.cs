using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>A table that a load will write, with the column types that its rows are encoded as.</summary>
/// <param name="Table">The table.</param>
/// <param name="Types">
/// For each column of <see cref="CopyTable.Columns"/> the type, or several types with the same binary format joined by <c>|</c>, such as
/// <c>text|character varying</c>. A type without a modifier matches every modifier: <c>numeric</c> matches <c>numeric(20,7)</c>, too. Short
/// names (int8, timestamptz, varchar) are accepted.
/// </param>
public sealed record TableExpectation(CopyTable Table, IReadOnlyList<string> Types)
{
    /// <summary>
    /// Sample rows of the load, one of each kind. Constraints of the table that refuse one of them are found before the load. Default none:
    /// constraints are not tested.
    /// </summary>
    public IReadOnlyList<RowSample> Samples { get; init; } = [];

    /// <summary>
    /// Sets of columns that are unique among the rows of the load: a unique index that contains all columns of a set refuses no row.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Keys { get; init; } = [];
}
