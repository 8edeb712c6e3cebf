using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Decodes encoded rows of the history tables and shows their fields as text, as a database would.</summary>
/// <remarks>
/// bytea: lower-case hexadecimal without prefix. Times: <c>2026-01-31T23:59:59Z</c>. Booleans: <c>t</c>, <c>f</c>. jsonb: as it was sent,
/// which is how PostgreSQL prints it. NULL: null. For people and tests; not fast.
/// </remarks>
public sealed class HistoryRowText
{
    private const int JsonbVersionBytes = 1;

    private readonly string[] types;

    /// <summary>Creates a reader for the rows of one table.</summary>
    /// <param name="table">One of <see cref="HistoryTables.All"/>.</param>
    public HistoryRowText(CopyTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Table = table;
        types = [.. table.Columns.Select(HistoryTables.TypeOf)];
    }

    /// <summary>The table.</summary>
    public CopyTable Table { get; }

    /// <summary>Shows the rows of a page.</summary>
    /// <param name="rows">Encoded rows, without header and trailer.</param>
    /// <returns>The fields of each row, in the order of the table's columns.</returns>
    /// <exception cref="FormatException">The bytes are not rows of the table.</exception>
    public IReadOnlyList<string?[]> Read(ReadOnlySpan<byte> rows)
    {
        var result = new List<string?[]>();
        for (int position = 0; position < rows.Length;)
        {
            if (BinaryPrimitives.ReadInt16BigEndian(rows[position..]) != types.Length)
                throw new FormatException($"The bytes at {position} do not begin a row of {Table}.");
            position += sizeof(short);
            string?[] fields = new string?[types.Length];
            for (int column = 0; column < fields.Length; column++)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(rows[position..]);
                position += sizeof(int);
                if (length < 0) continue;
                fields[column] = Show(types[column], rows.Slice(position, length));
                position += length;
            }

            result.Add(fields);
        }

        return result;
    }

    /// <summary>Joins fields to a line of CSV: NULL is an empty field, an empty text is <c>""</c>.</summary>
    /// <param name="fields">The fields.</param>
    /// <returns>The line, without a line end.</returns>
    public static string ToCsv(IEnumerable<string?> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        return string.Join(',', fields.Select(Quote));
    }

    private static string Quote(string? field)
    {
        if (field is null) return "";
        bool isPlain = field.Length > 0 && field.AsSpan().IndexOfAny("\",\r\n") < 0;
        return isPlain ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Show(string type, ReadOnlySpan<byte> field) => type switch
    {
        "bytea" => Convert.ToHexStringLower(field),
        "boolean" => field[0] == 0 ? "f" : "t",
        "smallint" => BinaryPrimitives.ReadInt16BigEndian(field).ToString(CultureInfo.InvariantCulture),
        "integer" => BinaryPrimitives.ReadInt32BigEndian(field).ToString(CultureInfo.InvariantCulture),
        "bigint" => BinaryPrimitives.ReadInt64BigEndian(field).ToString(CultureInfo.InvariantCulture),
        "timestamp with time zone" => Time(BinaryPrimitives.ReadInt64BigEndian(field)),
        "jsonb" => Encoding.UTF8.GetString(field[JsonbVersionBytes..]),
        _ => Encoding.UTF8.GetString(field),
    };

    private static string Time(long microsecondsSince2000) =>
        Time((microsecondsSince2000 / 1_000_000) + 946_684_800, "yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>Formats a time of any year that PostgreSQL has; .NET's years end at 9999.</summary>
    /// <param name="secondsSince1970">The time, in seconds since 1970.</param>
    /// <param name="format">The format; <c>yyyy</c> stands for the year with all its digits.</param>
    /// <returns>The text.</returns>
    public static string Time(long secondsSince1970, string format)
    {
        ArgumentNullException.ThrowIfNull(format);
        // The calendar repeats itself every 400 years.
        const long CycleSeconds = 146_097L * 86_400;
        long last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        long cycles = secondsSince1970 <= last ? 0 : ((secondsSince1970 - last - 1) / CycleSeconds) + 1;
        DateTime time = DateTimeOffset.FromUnixTimeSeconds(secondsSince1970 - (cycles * CycleSeconds)).UtcDateTime;
        string year = (time.Year + (400 * cycles)).ToString("0000", CultureInfo.InvariantCulture);
        return time.ToString(format.Replace("yyyy", $"'{year}'", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
