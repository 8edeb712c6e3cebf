using System.Text;
using System.Text.Json;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Prints a ledger as one JSON object on one line: header, transactions, their operations, and state changes with the columns of
/// the table.</summary>
internal static class LedgerJson
{
    public static void Write(ProjectedLedger ledger, TextWriter output)
    {
        var parts = new LedgerParts(ledger);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("ledger", ledger.Number);
            json.WriteNumber("protocol", ledger.Protocol);
            string fraction = ledger.ClosedMilliseconds is { } milliseconds && milliseconds % 1000 > 0
                ? FormattableString.Invariant($".{milliseconds % 1000:000}").TrimEnd('0')
                : "";
            json.WriteString("closed", $"{HistoryRowText.Time(ledger.ClosedSeconds, "yyyy-MM-dd'T'HH:mm:ss")}{fraction}Z");
            json.WriteString("hash", ledger.Hash);
            json.WriteNumber("close_meta_version", ledger.MetaVersion);
            json.WriteNumber("bytes", ledger.Bytes);
            json.WriteStartArray("transactions");
            foreach (LedgerParts.Row transaction in parts.Transactions) Write(json, parts, transaction, ledger);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void Write(Utf8JsonWriter json, LedgerParts parts, LedgerParts.Row transaction, ProjectedLedger ledger)
    {
        long id = transaction.Id("to_id");
        json.WriteStartObject();
        json.WritePropertyName("transaction");
        RowPrinter.Write(json, HistoryTables.Transactions, transaction.Fields);
        WriteChanges(json, parts.Changes(id, 0), ledger);
        json.WriteStartArray("operations");
        foreach (LedgerParts.Row operation in parts.Operations(id))
        {
            json.WriteStartObject();
            json.WritePropertyName("operation");
            RowPrinter.Write(json, HistoryTables.Operations, operation.Fields);
            json.WriteStartArray("participants");
            foreach (LedgerParts.Row participant in parts.Participants(operation.Id("id")))
                json.WriteStringValue(AddressText.Of(participant["account_id"]));
            json.WriteEndArray();
            WriteChanges(json, parts.Changes(id, operation.Id("id")), ledger);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteChanges(Utf8JsonWriter json, IEnumerable<LedgerParts.Row> changes, ProjectedLedger ledger)
    {
        json.WriteStartArray("state_changes");
        foreach (LedgerParts.Row change in changes)
        {
            json.WriteStartObject();
            json.WriteString("words", LedgerText.Words(change, ledger));
            json.WritePropertyName("row");
            RowPrinter.Write(json, HistoryTables.StateChanges, change.Fields);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
