using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Postgres.Rows;
using static System.FormattableString;

namespace StellarPipeline.Postgres;

/// <summary>Throw helpers of this library. This part: rows that are read back.</summary>
internal static partial class DatabaseThrow
{
    private const string ReadAgain =
        "No data after it was used. Read again; if the error occurs again, something between this program and the server changes the data.";

    [DoesNotReturn]
    internal static void RowsCut(string source, CopyTable table, long offset, long rows) =>
        throw new DatabaseException(string.Create(CultureInfo.InvariantCulture,
            $"The rows of table {table} that {source} sends end at byte {offset:N0}, in or after row {rows:N0}, without the end of a "
                    + $"binary COPY. {ReadAgain}"))
        { Table = table };

    [DoesNotReturn]
    internal static void RowsMalformed(string source, CopyTable table, long offset, long rows, string what) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"The data that {source} sends for table {table} ({table.Columns.Count} columns) is not a binary COPY of its rows: at byte "
                    + $"{offset:N0}, after {rows:N0} rows, {what}. {ReadAgain}"))
        {
            Table = table,
        };

    [DoesNotReturn]
    internal static void ReadAfterFailure(CopyTable table, Exception earlier) =>
        throw new InvalidOperationException(
            $"Reading table {table} cannot continue, because it failed before: {earlier.Message}", earlier);

    [DoesNotReturn]
    internal static void PageMalformed(RowPage page, int row, int offset, string what) =>
        throw new InvalidDataException(
            string.Create(CultureInfo.InvariantCulture,
                $"A page of table {page.Table} ({page.Table.Columns.Count} columns, {page.ByteCount:N0} bytes) does not hold whole rows "
                        + $"of it: row {row:N0}, byte {offset:N0}: the page {what}. ")
            + "The caller of BeginFixedRow wrote a wrong field count or length.");

    [DoesNotReturn]
    internal static void FieldPlaces(CopyTable table, int places) =>
        throw new ArgumentException(
            Invariant(
                $"A row of table {table} has {table.Columns.Count} fields, but there is room for {places}. Give one for each column."),
            nameof(places));
}
