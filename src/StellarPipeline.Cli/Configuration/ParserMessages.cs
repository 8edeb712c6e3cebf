using System.Text.RegularExpressions;

namespace StellarPipeline.Cli.Configuration;

/// <summary>Says what a value should be where the parser names a type of .NET.</summary>
internal static partial class ParserMessages
{
    /// <summary>The message of the parser for people who do not know .NET; unchanged if it names no type.</summary>
    /// <param name="message">The parser's message.</param>
    public static string ForPeople(string message)
    {
        if (Conversion().Match(message) is not { Success: true } match) return message;
        string wanted = match.Groups["type"].Value switch
        {
            "Int32" or "UInt32" or "Int64" or "UInt64" => "a whole number",
            "Double" => "a number",
            _ => "",
        };
        return wanted.Length == 0 ? message : $"{match.Groups["name"].Value} {match.Groups["value"].Value}: give {wanted}.";
    }

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (?:option|command) '(?<name>[^']*)' as expected type "
        + @"'(?:System\.Nullable`1\[)?System\.(?<type>\w+)\]?'\.$", RegexOptions.Singleline)]
    private static partial Regex Conversion();
}
