using System.CommandLine;
using System.Text.Json;
using StellarPipeline.Cli.Configuration;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>config show</c>: the option values that a command would use, and where each comes from.</summary>
internal static class ConfigCommand
{
    private const string Usual = "populate";

    public static Command Create() => new("config", "Shows the option values that a command would use.") { Show() };

    private static Command Show()
    {
        var words = new Argument<string[]>("command")
        {
            Description =
                "The command, then its options after --. [default: populate] For example: config show -- archive fetch --downloads 3",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> format = CommonOptions.Format();
        var command =
            new Command("show",
                "Prints the value of every option of a command and where it comes from: default, file, environment or command line. "
                    + "Secrets are masked. All problems are listed together.") { words, format };
        command.SetAction(parsed =>
        {
            string[] arguments = parsed.GetValue(words) is { Length: > 0 } typed ? typed : [Usual];
            if (CommonOptions.ConfigFile(parsed) is { } file) arguments = [.. arguments, $"{SettingNames.Config}={file}"];
            var line = EffectiveCommandLine.Read(RootCommands.Create(), arguments);
            Command shown = line.Parsed.CommandResult.Command;
            if (shown is RootCommand || shown.Subcommands.Count > 0)
            {
                throw new CommandLineException(FailureKind.Usage,
                    $"config show: {string.Join(' ', arguments)} is not a runnable command. Name one, such as populate or archive fetch.");
            }

            Row[] rows = [.. SettingNames.OptionsOf(shown).Where(SettingNames.MayBeConfigured).Select(option => RowOf(line, option))];
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json) Console.WriteLine(Json(line, rows));
            else Print(rows);
            foreach (string problem in line.Problems.Where(IsOfValues)) Console.Error.WriteLine($"Problem: {problem}");
            return line.Problems.Any(IsOfValues) ? ExitCode.Usage : ExitCode.Done;
        });
        return command;
    }

    // Showing the options of a command needs no file to write and no ledger to read.
    private static bool IsOfValues(string problem) =>
        !problem.StartsWith("Option ", StringComparison.Ordinal) && !problem.StartsWith("Required argument", StringComparison.Ordinal)
            && !problem.StartsWith("Name the archive", StringComparison.Ordinal);

    private static Row RowOf(EffectiveCommandLine line, Option option)
    {
        SettingOrigin origin = line.OriginOf(option);
        if (line.Settings.TryGetValue(option.Name, out Setting? setting) && origin == setting.Origin)
            return new Row(option.Name, Join(option, setting.Values), origin.Name);
        if (origin == SettingOrigin.CommandLine)
            return new Row(option.Name, Join(option, [.. line.Parsed.GetResult(option)!.Tokens.Select(token => token.Value)]), origin.Name);
        string value = option is { HasDefaultValue: true } && option.GetDefaultValue() is { } fallback
            ? Convert.ToString(fallback, System.Globalization.CultureInfo.InvariantCulture) ?? ""
            : "";
        return new Row(option.Name, option is Option<bool> ? (value.Length == 0 ? "false" : value.ToLowerInvariant()) : value, origin.Name);
    }

    private static string Join(Option option, IReadOnlyList<string> values) =>
        values.Count == 0 ? "true" : string.Join(" ; ", values.Select(value => SecretText.Of(option.Name, value)));

    private static void Print(Row[] rows)
    {
        int width = rows.Max(row => row.Option.Length) + 2;
        foreach (Row row in rows.OrderBy(row => row.Option, StringComparer.Ordinal))
        {
            Console.WriteLine($"{row.Option.PadRight(width)}{(row.Value.Length == 0 ? "(none)" : row.Value)}");
            if (row.Origin != SettingOrigin.Default.Name) Console.WriteLine($"{"".PadRight(width)}from {row.Origin}");
        }
    }

    private static string Json(EffectiveCommandLine line, Row[] rows)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("command", CommandLine.Name(line.Parsed));
            writer.WriteStartObject("options");
            foreach (Row row in rows)
            {
                writer.WriteStartObject(row.Option.TrimStart('-'));
                writer.WriteString("value", row.Value);
                writer.WriteString("origin", row.Origin);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteStartArray("problems");
            foreach (string problem in line.Problems.Where(IsOfValues)) writer.WriteStringValue(problem);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private sealed record Row(string Option, string Value, string Origin);
}
