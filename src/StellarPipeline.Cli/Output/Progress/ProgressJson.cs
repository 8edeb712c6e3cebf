using System.Text;
using System.Text.Json;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>Writes one sample as JSON: for programs, and for the page of the dashboard.</summary>
internal static class ProgressJson
{
    /// <summary>One line.</summary>
    public static string Line(ProgressRates rates, string sentence)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes)) Write(writer, rates, sentence);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, ProgressRates rates, string sentence)
    {
        JobProgress now = rates.Now;
        writer.WriteStartObject();
        writer.WriteString("job", now.Job);
        writer.WriteString("phase", now.Phase);
        writer.WriteNumber("elapsed_seconds", Round(now.Elapsed.TotalSeconds));
        writer.WriteNumber("done", now.Done);
        writer.WriteNumber("total", now.Total);
        writer.WriteString("unit", now.Unit);
        if (rates.Left is { } left) writer.WriteNumber("left_seconds", Round(left.TotalSeconds));
        writer.WriteNumber("entries", now.Entries);
        writer.WriteNumber("rows", now.Rows);
        writer.WriteNumber("rows_per_second", Round(rates.RowsPerSecond));
        writer.WriteNumber("rows_per_second_overall", Round(rates.RowsPerSecondOverall));
        writer.WriteNumber("row_bytes_in_flight", now.RowBytesInFlight);
        writer.WriteNumber("row_bytes_limit", now.RowBytesLimit);
        if (now.Download is { } download)
        {
            writer.WriteStartObject("download");
            writer.WriteNumber("fetched_bytes", download.FetchedBytes);
            writer.WriteNumber("bytes", download.Bytes);
            writer.WriteNumber("total_bytes", download.TotalBytes);
            writer.WriteNumber("files", download.Files);
            writer.WriteNumber("done", download.Done);
            writer.WriteNumber("bytes_per_second", Round(rates.FetchedPerSecond));
            writer.WriteEndObject();
        }

        writer.WriteStartArray("stages");
        foreach (StageShare stage in rates.Stages)
        {
            writer.WriteStartObject();
            writer.WriteString("name", stage.Name);
            writer.WriteNumber("busy", Round(stage.Busy));
            writer.WriteNumber("waits_for_input", Round(stage.Input));
            writer.WriteNumber("waits_for_output", Round(stage.Output));
            writer.WriteNumber("queued", stage.Queued);
            writer.WriteNumber("capacity", stage.Capacity);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("tables");
        foreach (TableProgress table in now.Tables) writer.WriteNumber(table.Name, table.Rows);
        writer.WriteEndObject();
        writer.WriteString("bound_by", sentence);
        writer.WriteEndObject();
    }

    private static double Round(double value) => Math.Round(value, 3);
}
