using System.CommandLine;
using System.Text.Json;

namespace StellarPipeline.Cli.Configuration;

/// <summary>
/// A JSON file with option values: top-level keys apply to every command that has the option, keys below a command's name only to it.
/// </summary>
/// <remarks>
/// <c>{ "schema": "wallet", "populate": { "lock-timeout": 30, "archive": ["https://one", "https://two"] } }</c>. Comments and trailing
/// commas are allowed. If the file has an object <c>StellarPipeline</c>, only that object is read, so it can be an appsettings.json that
/// other programs share.
/// </remarks>
internal sealed class ConfigurationFile
{
    /// <summary>The default file, in the working folder.</summary>
    public const string UsualName = "appsettings.json";

    private const string Section = "StellarPipeline";
    private const long MaxBytes = 1 << 20;

    private readonly string path;
    private readonly JsonElement root;

    private ConfigurationFile(string path, JsonElement root)
    {
        this.path = path;
        this.root = root;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="wantsSection">True if the file may belong to other programs: then only the object <c>StellarPipeline</c> is
    /// read.</param>
    /// <param name="problems">Gets the problems found.</param>
    /// <returns>The file; null if it cannot be used or contains nothing for this program.</returns>
    public static ConfigurationFile? Read(string path, bool wantsSection, List<string> problems)
    {
        try
        {
            var file = new FileInfo(path);
            if (file is { Exists: true, Length: > MaxBytes })
            {
                problems.Add($"{path} is larger than 1 MiB, which is not a configuration file.");
                return null;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            JsonElement top = document.RootElement;
            if (top.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{path}: give an object, such as {{ \"schema\": \"wallet\" }}.");
                return null;
            }

            bool hasSection = top.TryGetProperty(Section, out JsonElement section);
            if (hasSection && section.ValueKind != JsonValueKind.Object) problems.Add($"{Section} of {path}: give an object.");
            if (hasSection ? section.ValueKind != JsonValueKind.Object : wantsSection) return null;
            return new ConfigurationFile(path, (hasSection ? section : top).Clone());
        }
        catch (JsonException error)
        {
            problems.Add($"{path} is not valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{SettingNames.Config} {path} cannot be read: {error.Message}");
        }

        return null;
    }

    /// <summary>Returns the values that apply to a command, and reports keys that apply to no command.</summary>
    /// <param name="rootCommand">All commands.</param>
    /// <param name="command">The command that runs; null to check for problems only.</param>
    /// <param name="problems">Gets all problems of the whole file.</param>
    public IReadOnlyList<Setting> For(Command rootCommand, Command? command, List<string> problems)
    {
        var found = new Dictionary<string, Setting>(StringComparer.Ordinal);
        Take(root, "", rootCommand, command, found, problems);
        return [.. found.Values];
    }

    private void Take(
        JsonElement values, string prefix, Command scope, Command? wanted, Dictionary<string, Setting> found, List<string> problems)
    {
        bool isAbove = wanted is not null && SettingNames.WithBelow(scope).Contains(wanted);
        foreach (JsonProperty property in values.EnumerateObject())
        {
            string key = prefix + property.Name;
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                Command? below = scope.Subcommands.FirstOrDefault(sub => SettingNames.IsKeyOf(property.Name, sub.Name));
                if (below is null)
                {
                    problems.Add(
                        $"{key} of {path}: {(scope is RootCommand ? "" : $"{scope.Name} has ")}no command of that "
                            + $"name.{Suggestions.Text(property.Name, [.. scope.Subcommands.Select(sub => sub.Name)])}");
                }
                else
                {
                    Take(property.Value, key + ".", below, wanted, found, problems);
                }

                continue;
            }

            Option[] options =
                [.. SettingNames.WithBelow(scope).SelectMany(each => each.Options).Where(
                    option => SettingNames.MayBeConfigured(option) && SettingNames.IsKeyOf(property.Name, option.Name))];
            if (options.Length == 0)
            {
                string[] known =
                    [.. SettingNames.WithBelow(scope).SelectMany(each => each.Options).Where(SettingNames.MayBeConfigured)
                        .Select(option => option.Name.TrimStart('-')).Distinct()];
                problems.Add($"{key} of {path}: this option does not exist.{Suggestions.Text(property.Name, known)}");
                continue;
            }

            if (Values(property.Value) is not { } texts)
            {
                problems.Add(
                    $"{key} of {path}: give a string, a number, true or "
                        + $"false{(options[0].Arity.MaximumNumberOfValues > 1 ? ", or a list of them" : "")}.");
                continue;
            }

            // Values below a command's name override top-level values, even if these come later.
            if (isAbove && options.FirstOrDefault(option => SettingNames.OptionsOf(wanted!).Contains(option)) is { } own
                && (prefix.Length > 0 || !found.ContainsKey(own.Name)))
            {
                found[own.Name] = new Setting(own.Name, texts, SettingOrigin.OfFile(key, path));
            }
        }
    }

    private static List<string>? Values(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return Text(value) is { } text ? [text] : null;
        List<string> texts = [.. value.EnumerateArray().Select(Text).OfType<string>()];
        return texts.Count > 0 && texts.Count == value.GetArrayLength() ? texts : null;
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
