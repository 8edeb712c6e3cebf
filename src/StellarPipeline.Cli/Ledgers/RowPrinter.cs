using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Prints the rows of one history table, as CSV with a header line or as one JSON object per line, in the order of the table's
/// key.</summary>
/// <remarks>Rows are printed ledger by ledger. The key of the account tables begins with the account, so their rows are kept until the end
/// and sorted.</remarks>
internal sealed class RowPrinter
{
    private static readonly StringComparer Ordinal = StringComparer.Ordinal;

    private readonly CopyTable table;
    private readonly bool isJson;
    private readonly TextWriter output;
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly List<string?[]> waiting = [];
    private bool isBegun;

    public RowPrinter(string name, bool isJson, TextWriter output)
    {
        table = HistoryTables.All.First(candidate => candidate.Name == name);
        this.isJson = isJson;
        this.output = output;
    }

    public static IEnumerable<string> TableNames => HistoryTables.All.Select(table => table.Name);

    private bool IsByAccount => table.Columns[0] == "account_id";

    /// <summary>Prints the rows of a ledger, or keeps them for the end.</summary>
    public void Write(ProjectedLedger ledger)
    {
        if (IsByAccount) waiting.AddRange(ledger.Rows(table));
        else Print(ledger.Rows(table));
    }

    /// <summary>Prints the rows that were kept for the end.</summary>
    public void End()
    {
        waiting.Sort((left, right) =>
        {
            int order = Ordinal.Compare(left[0], right[0]);
            if (order == 0) order = Ordinal.Compare(left[1], right[1]);
            return order != 0 ? order : Id(left[2]).CompareTo(Id(right[2]));
        });
        Print(waiting);
    }

    private static long Id(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);

    private void Print(IReadOnlyList<string?[]> rows)
    {
        if (!isBegun && !isJson) output.WriteLine(HistoryRowText.ToCsv(table.Columns));
        isBegun = true;
        foreach (string?[] row in rows) output.WriteLine(isJson ? Json(row) : HistoryRowText.ToCsv(row));
    }

    private string Json(string?[] row)
    {
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, table, row);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes a row as an object; NULL is left out.</summary>
    public static void Write(Utf8JsonWriter json, CopyTable table, string?[] row)
    {
        json.WriteStartObject();
        for (int column = 0; column < row.Length; column++)
        {
            if (row[column] is not { } value) continue;
            json.WritePropertyName(table.Columns[column]);
            switch (HistoryTables.TypeOf(table.Columns[column]))
            {
                case "bigint" or "integer" or "smallint":
                    json.WriteNumberValue(long.Parse(value, CultureInfo.InvariantCulture));
                    break;
                case "boolean":
                    json.WriteBooleanValue(value == "t");
                    break;
                case "jsonb":
                    json.WriteRawValue(value);
                    break;
                default:
                    json.WriteStringValue(value);
                    break;
            }
        }

        json.WriteEndObject();
    }
}
