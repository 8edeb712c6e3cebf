using System.Diagnostics.CodeAnalysis;
using System.Text;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres;

/// <summary>
/// Throw helpers of this library. This part: wrong use of the row encoder, which is a bug of the calling code and not a user's mistake.
/// </summary>
internal static partial class DatabaseThrow
{
    [DoesNotReturn]
    internal static void BadIdentifier(string identifier) =>
        throw new ArgumentException(
            $"\"{identifier.Replace("\0", "\\0", StringComparison.Ordinal)}\" ({Encoding.UTF8.GetByteCount(identifier)} bytes) cannot be "
                + $"the name of a table, schema or column. PostgreSQL accepts 1 to {CopyTable.MaxIdentifierBytes} bytes of UTF-8 without "
                + $"NUL.", nameof(identifier));

    [DoesNotReturn]
    internal static void ColumnCount(string table, int columns) =>
        throw new ArgumentException(
            $"Table {table} was described with {columns} columns. Give 1 to {CopyTable.MaxColumns}.", nameof(columns));

    [DoesNotReturn]
    internal static void RepeatedColumn(string table, string column) =>
        throw new ArgumentException($"Table {table} was described with column {column} twice. List each column once.", nameof(column));

    [DoesNotReturn]
    internal static void NumericScale(int scale) =>
        throw new ArgumentOutOfRangeException(
            nameof(scale), scale, $"The scale of a numeric must be 0 to {NumericFormat.MaxScale} decimal digits.");

    [DoesNotReturn]
    internal static void UuidLength(int bytes) =>
        throw new ArgumentException($"A uuid is 16 bytes long, {bytes} were given.", nameof(bytes));

    [DoesNotReturn]
    internal static void RowStillOpen(CopyTable table) =>
        throw new InvalidOperationException($"A row of table {table} is still open. Call EndRow, EndFixedRow or DiscardRow first.");

    [DoesNotReturn]
    internal static void RowIncomplete(CopyTable table, bool rowOpen, int fieldsLeft) =>
        throw new InvalidOperationException(rowOpen
            ? $"A row of table {table} has {table.Columns.Count - fieldsLeft} of {table.Columns.Count} fields; the next one is "
                + $"{table.Columns[table.Columns.Count - fieldsLeft]}. Write one field for each column, NULL included."
            : $"No row of table {table} is open. Call BeginRow or BeginFixedRow first.");

    [DoesNotReturn]
    internal static void FixedRowFieldCount(CopyTable table, bool rowOpen) =>
        throw new InvalidOperationException(rowOpen
            ? $"A fixed row of table {table} does not begin with the field count {table.Columns.Count}. Write it as a big-endian int16 "
                + $"into the first two bytes."
            : $"No row of table {table} is open. Call BeginRow or BeginFixedRow first.");

    [DoesNotReturn]
    internal static void TooManyFields(CopyTable table, bool rowOpen) =>
        throw new InvalidOperationException(rowOpen
            ? $"A row of table {table} got more than its {table.Columns.Count} fields. Write one field for each column, then call EndRow."
            : $"No row of table {table} is open. Call BeginRow before writing fields.");

    [DoesNotReturn]
    internal static void PageTooLarge(CopyTable table, long neededBytes, int rowCount) =>
        throw new InvalidOperationException(
            $"A page of table {table} would need {neededBytes:N0} bytes after {rowCount:N0} rows; the limit is "
            + $"{RowPageWriter.MaxPageBytes:N0} bytes. Take pages more often.");

    [DoesNotReturn]
    internal static void EmptyBatch() => throw new ArgumentException("A batch needs at least one page.");

    [DoesNotReturn]
    internal static void MixedBatch(CopyTable expected, CopyTable found) =>
        throw new ArgumentException(
            $"A batch of table {expected} cannot hold a page of table {found}. One COPY fills one table.", nameof(found));

    [DoesNotReturn]
    internal static void TableNotInOrder(CopyTable table) =>
        throw new InvalidOperationException(
            $"Table {table} has unsent rows but is missing from the order of the last flush. List every table, parents first.");

    internal static ArgumentException MarkedElsewhere(CopyTable wanted, CopyTable found) =>
        new($"Rows of table {wanted} were to be marked, but the page holds rows of {found}.", nameof(found));
}
