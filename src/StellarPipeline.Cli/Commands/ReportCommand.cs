using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>report compare</c>: shows the differences between two reports.</summary>
internal static class ReportCommand
{
    private const string RowsOf = "rows of ";

    public static Command Create() => new("report", "Compares the reports of loads.") { Compare() };

    private static Command Compare()
    {
        var before = new Argument<FileInfo>("before") { Description = "The JSON report of one load." };
        var after = new Argument<FileInfo>("after") { Description = "The JSON report of another load." };
        Option<string> format = CommonOptions.Format();
        var command =
            new Command("compare",
                "Compares two JSON reports: time, rate, phases, rows of each table, how busy each stage was.") { before, after, format };
        command.SetAction(parsed =>
        {
            using JsonDocument first = Read(parsed.GetValue(before)!);
            using JsonDocument second = Read(parsed.GetValue(after)!);
            (string Name, double? Before, double? After)[] lines = [.. Lines(first.RootElement, second.RootElement)];
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json) PrintJson(lines);
            else Print(lines);
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonDocument Read(FileInfo file)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
        }
        catch (JsonException)
        {
            // Reported below.
        }

        if (document is not null && document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("tables", out _) && document.RootElement.TryGetProperty("phases", out _))
        {
            return document;
        }

        bool isFailure = document is not null && document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("exit_code", out _) && document.RootElement.TryGetProperty("error", out _);
        document?.Dispose();
        if (isFailure)
        {
            throw new CommandLineException(
                FailureKind.Usage,
                $"{file.FullName} is the report of a load that was refused, failed or was stopped. Only finished loads can be compared.");
        }

        throw new CommandLineException(
            FailureKind.Usage, $"{file.FullName} is not the JSON report of a load. Write one with populate --report FILE.json.");
    }

    private static IEnumerable<(string Name, double? Before, double? After)> Lines(JsonElement before, JsonElement after)
    {
        yield return ("seconds", Of(before, "seconds"), Of(after, "seconds"));
        yield return ("rows/s", Of(before, "rows_per_second"), Of(after, "rows_per_second"));
        yield return ("bytes of buckets", Of(before.GetProperty("bytes"), "compressed"), Of(after.GetProperty("bytes"), "compressed"));
        yield return ("peak memory, MiB", Of(before.GetProperty("memory"), "peak_working_set_bytes") / 1048576,
            Of(after.GetProperty("memory"), "peak_working_set_bytes") / 1048576);
        foreach ((string list, string value, string label) in new[]
        {
            ("phases", "seconds", "phase {0}, s"),
            ("stages", "busy_seconds", "stage {0} busy, s"),
            ("tables", "rows", RowsOf + "{0}"),
        })
        {
            Dictionary<string, double> old = Named(before, list, value);
            Dictionary<string, double> recent = Named(after, list, value);
            foreach (string name in old.Keys.Union(recent.Keys))
            {
                yield return (string.Format(CultureInfo.InvariantCulture, label, name), old.TryGetValue(name, out double was) ? was : null,
                    recent.TryGetValue(name, out double now) ? now : null);
            }
        }
    }

    private static Dictionary<string, double> Named(JsonElement report, string list, string value) =>
        report.GetProperty(list).EnumerateArray().GroupBy(item => item.GetProperty("name").GetString()!).ToDictionary(
            group => group.Key, group => group.Sum(item => item.GetProperty(value).GetDouble()));

    private static double? Of(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    private static void Print((string Name, double? Before, double? After)[] lines)
    {
        Console.WriteLine($"{"",-36}{"before",14}{"after",14}{"change",12}");
        foreach ((string name, double? before, double? after) in lines)
        {
            string change = before is > 0 && after is { } now
                ? FormattableString.Invariant($"{(now - before.Value) / before.Value:+0.0 %;-0.0 %;0 %}")
                : "";
            bool isCount = name.StartsWith(RowsOf, StringComparison.Ordinal);
            Console.WriteLine($"{Cut(name, 36),-36}{Number(before, isCount),14}{Number(after, isCount),14}{change,12}");
        }
    }

    private static void PrintJson((string Name, double? Before, double? After)[] lines)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach ((string name, double? before, double? after) in lines)
            {
                writer.WriteStartObject();
                writer.WriteString("name", name);
                Write(writer, "before", before);
                Write(writer, "after", after);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        Console.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static void Write(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
        else writer.WriteNull(name);
    }

    private static string Cut(string text, int most) => text.Length < most ? text : text[..(most - 2)] + "…";

    private static string Number(double? value, bool isCount) =>
        value is not { } number ? "-" : isCount || (number == Math.Round(number) && Math.Abs(number) >= 100)
            ? number.ToString("N0", CultureInfo.InvariantCulture)
            : number.ToString("N2", CultureInfo.InvariantCulture);
}
