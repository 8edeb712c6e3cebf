using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres;

/// <summary>Throw helpers of this library. This part: rows that are not written by plain COPY.</summary>
internal static partial class DatabaseThrow
{
    [DoesNotReturn]
    internal static void NoKey(string server, CopyTable table, IReadOnlyList<string>? wanted) =>
        throw new DatabaseException(
            $"Rows of table {table} on {server} cannot be identified: the table has no "
                + $"{(wanted is null ? "primary key" : $"unique key of exactly the columns {string.Join(", ", wanted)}")} that ON CONFLICT "
                + $"can use (valid, over all rows, of plain columns, not deferrable). Nothing was changed. Name the columns of a unique "
                + $"key that it has (KeyColumns), or create one.")
        {
            Table = table,
        };

    [DoesNotReturn]
    internal static void KeyNotWritten(string server, CopyTable table, IReadOnlyList<string> missing) =>
        throw new DatabaseException(
            $"Rows of table {table} on {server} lack {(missing.Count == 1 ? "a column" : "columns")} of its key: "
                + $"{string.Join(", ", missing)}. Nothing was changed. Write the whole key, or name another one (KeyColumns).")
        {
            Table = table,
        };

    /// <summary>A trigger dropped or changed rows.</summary>
    [DoesNotReturn]
    internal static void RowsDropped(string server, RowBatch batch, long missing) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"{missing:N0} rows of {Batch(batch)} on {server} were not stored as written. The transaction will be rolled "
                    + $"back. ")
            + "A BEFORE ROW trigger may have dropped or changed them: look for one, or write this table with COPY.")
        {
            Table = batch.Table, BatchNumber = batch.Number, FirstRow = batch.FirstRow, LastRow = batch.LastRow,
        };
}
