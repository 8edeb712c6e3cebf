using System.Text.RegularExpressions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The table of events is complete: what the sources log is what it says.</summary>
public sealed partial class EventDocumentTests
{
    [Fact]
    public void Events_EveryMessageOfTheSources_IsInTheTableWithItsLevelAndText()
    {
        string document = File.ReadAllText(Repository.PathOf("src", "StellarPipeline.Cli", "packaging", "EVENTS.md"));
        List<string> expected = [];
        foreach (string file in Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories))
        {
            expected.AddRange(Message().Matches(File.ReadAllText(file)).Select(
                match => $"| {match.Groups[1].Value} | {match.Groups[2].Value.ToLowerInvariant()} | {Joined(match.Groups[3].Value)} |"));
        }

        Assert.True(expected.Count > 20, "The messages of the sources were not found.");
        Assert.DoesNotContain(expected, line => !document.Contains(line, StringComparison.Ordinal));
        Assert.Equal(expected.Count, Row().Count(document));
        Assert.Equal(expected.Count, expected.Select(line => line.Split('|')[1]).Distinct().Count());
    }

    // A long text is written as several, joined by +.
    private static string Joined(string text) => Joint().Replace(text, "");

    [GeneratedRegex("""\[LoggerMessage\(\s*(\d+),\s*LogLevel\.(\w+),\s*"((?:[^"\\]|\\.|"\s*\+\s*")*)"\)\]""")]
    private static partial Regex Message();

    [GeneratedRegex("""
        "\s*\+\s*"
        """)]
    private static partial Regex Joint();

    [GeneratedRegex(@"^\| \d{4} \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
