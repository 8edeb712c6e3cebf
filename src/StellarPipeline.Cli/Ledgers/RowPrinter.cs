using System.Globalization;
using System.Text;
using System.Text.Json;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Prints the rows of one history table, as CSV with a header line or as one JSON object per line, in the order of the table's key.</summary>
internal sealed class RowPrinter
{
    private static readonly StringComparer Ordinal = StringComparer.Ordinal;

    private readonly CopyTable table;
    private readonly List<string?[]> rows = [];

    public RowPrinter(string name) => table = HistoryTables.All.First(candidate => candidate.Name == name);

    public static IEnumerable<string> TableNames => HistoryTables.All.Select(table => table.Name);

    public void Add(ProjectedLedger ledger) => rows.AddRange(ledger.Rows(table));

    public void WriteCsv(TextWriter output)
    {
        Sort();
        output.WriteLine(HistoryRowText.ToCsv(table.Columns));
        foreach (string?[] row in rows) output.WriteLine(HistoryRowText.ToCsv(row));
    }

    public void WriteJson(TextWriter output)
    {
        Sort();
        using var buffer = new MemoryStream();
        foreach (string?[] row in rows)
        {
            buffer.SetLength(0);
            using (var json = new Utf8JsonWriter(buffer)) Write(json, table, row);
            output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
        }
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

    // The rows of one ledger come in the order of the key; those of the account tables begin with the account, so that several ledgers are sorted anew.
    private void Sort()
    {
        if (table.Columns[0] != "account_id") return;
        rows.Sort((left, right) =>
        {
            int order = Ordinal.Compare(left[0], right[0]);
            if (order == 0) order = Ordinal.Compare(left[1], right[1]);
            return order != 0 ? order : long.Parse(left[2]!, CultureInfo.InvariantCulture).CompareTo(long.Parse(right[2]!, CultureInfo.InvariantCulture));
        });
    }
}
