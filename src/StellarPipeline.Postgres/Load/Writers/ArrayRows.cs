using System.Buffers.Binary;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>
/// Passes the rows of a small batch to the server as one array per column, in the statement that writes them: one round trip, and no
/// staging table.
/// </summary>
/// <remarks>
/// Npgsql does not accept encoded bytes for a parameter, so fields are decoded and encoded again. That is done only for types whose values
/// cannot change by it. A table with any other column, and a batch that may contain errors (NULL in a NOT NULL column, invalid UTF-8), is
/// staged by COPY, whose errors name the row.
/// </remarks>
internal static class ArrayRows
{
    // Invalid UTF-8 must not be replaced silently.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Whether a column can be passed as an array. The type has no modifier: a cast to varchar(5) would truncate text that storing refuses.
    /// </summary>
    public static bool Takes(ColumnState column) => column.Type == column.BaseType && TypeOf(column) is not null;

    /// <summary>The rows as SQL, numbered in their order; the parameters are those of <see cref="TryMake"/>.</summary>
    /// <param name="columns">The columns of the pages; those of the table have a state, the marker has none.</param>
    /// <param name="number">Name of the column that numbers the rows.</param>
    public static string Source(IReadOnlyList<(string Name, ColumnState? State)> columns, string number)
    {
        IEnumerable<string> arrays = columns.Select(
            (column, index) => FormattableString.Invariant($"${index + 1}::{(column.State is { } state ? TypeOf(state) : "boolean")}[]"));
        IEnumerable<string> fields = columns.Select(column => Collated(column.Name, column.State)).Append(SqlText.Identifier(number));
        return $"SELECT {string.Join(", ", fields)} FROM unnest({string.Join(", ", arrays)}) WITH ORDINALITY AS "
            + $"u({SqlText.Identifiers(columns.Select(column => column.Name).Append(number))})";
    }

    /// <summary>Decodes the fields of a batch.</summary>
    /// <param name="batch">The batch; its pages are kept.</param>
    /// <param name="columns">As for <see cref="Source"/>.</param>
    /// <param name="needed">Whether a column must not be NULL.</param>
    /// <returns>One parameter per column; null if the batch should be staged.</returns>
    public static NpgsqlParameter[]? TryMake(
        RowBatch batch, IReadOnlyList<(string Name, ColumnState? State)> columns, Func<string, bool> needed)
    {
        string[] types = [.. columns.Select(column => column.State is { } state ? TypeOf(state)! : "boolean")];
        Array[] values = [.. types.Select(type => Values(type, checked((int)batch.Rows)))];
        bool[] isNeeded = [.. columns.Select(column => needed(column.Name))];
        var fields = new RowField[columns.Count];
        int row = 0;
        foreach (RowPage page in batch.Pages)
        {
            var cursor = new RowCursor(page);
            for (; row < batch.Rows && cursor.MoveNext(fields); row++)
            {
                for (int column = 0; column < fields.Length; column++)
                {
                    bool isThere = !fields[column].IsNull;
                    if (isThere ? !TrySet(values[column], row, cursor.Bytes(fields[column])) : isNeeded[column])
                        return null;
                }
            }
        }

        // The number of rows differs from the batch's own count: COPY counts the rows and refuses the batch.
        return row == batch.Rows && batch.Pages.Sum(page => (long)page.RowCount) == batch.Rows
            ? [.. values.Select((array, column) => Parameter(types[column], array))]
            : null;
    }

    private static string? TypeOf(ColumnState column) => column.BaseType switch
    {
        "boolean" or "smallint" or "integer" or "bigint" or "uuid" or "bytea" or "text" => column.BaseType,
        _ => column.BaseType.StartsWith("character varying", StringComparison.Ordinal) && column.Category == 'S' ? "text" : null,
    };

    private static string Collated(string name, ColumnState? state) => state?.Collation is { } collation
        ? $"u.{SqlText.Identifier(name)} COLLATE {collation} AS {SqlText.Identifier(name)}"
        : $"u.{SqlText.Identifier(name)}";

    private static Array Values(string type, int rows) => type switch
    {
        "boolean" => new bool?[rows],
        "smallint" => new short?[rows],
        "integer" => new int?[rows],
        "bigint" => new long?[rows],
        "uuid" => new Guid?[rows],
        "bytea" => new byte[]?[rows],
        _ => new string?[rows],
    };

    /// <summary>Sets one value; false if the bytes are not valid for the type, which COPY then reports.</summary>
    private static bool TrySet(Array values, int row, ReadOnlySpan<byte> bytes)
    {
        switch (values)
        {
            case bool?[] booleans when bytes.Length == 1:
                booleans[row] = bytes[0] != 0;
                return true;
            case short?[] numbers when bytes.Length == sizeof(short):
                numbers[row] = BinaryPrimitives.ReadInt16BigEndian(bytes);
                return true;
            case int?[] numbers when bytes.Length == sizeof(int):
                numbers[row] = BinaryPrimitives.ReadInt32BigEndian(bytes);
                return true;
            case long?[] numbers when bytes.Length == sizeof(long):
                numbers[row] = BinaryPrimitives.ReadInt64BigEndian(bytes);
                return true;
            case Guid?[] ids when bytes.Length == 16:
                ids[row] = new Guid(bytes, bigEndian: true);
                return true;
            case byte[]?[] contents:
                contents[row] = bytes.ToArray();
                return true;
            case string?[] texts when !bytes.Contains((byte)0):
                return TryText(texts, row, bytes);
            default:
                return false;
        }
    }

    private static bool TryText(string?[] texts, int row, ReadOnlySpan<byte> bytes)
    {
        try
        {
            texts[row] = Utf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static NpgsqlParameter Parameter(string type, Array values) => new()
    {
        Value = values,
        NpgsqlDbType = NpgsqlDbType.Array | type switch
        {
            "boolean" => NpgsqlDbType.Boolean,
            "smallint" => NpgsqlDbType.Smallint,
            "integer" => NpgsqlDbType.Integer,
            "bigint" => NpgsqlDbType.Bigint,
            "uuid" => NpgsqlDbType.Uuid,
            "bytea" => NpgsqlDbType.Bytea,
            _ => NpgsqlDbType.Text,
        },
    };
}
