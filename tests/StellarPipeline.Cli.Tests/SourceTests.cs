using System.Text.RegularExpressions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>What every source file of the repository keeps to.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Sources_Files_StayReadable()
    {
        foreach (string file in Files("src"))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= 450, $"{file} has {lines.Length} lines: it wants to be two.");
            foreach (string banned in new[] { "#region", "TODO", "FIXME", "NotImplementedException" })
            {
                Assert.DoesNotContain(lines, line => line.Contains(banned, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Sources_Namespaces_AreTheirFolders()
    {
        IEnumerable<string> files = Files("src").Concat(Files("tests")).Concat(Files("perf"));
        Assert.Equal([], files.Select(Misplaced).OfType<string>());
    }

    [Fact]
    public void Sources_Lines_FitAScreen()
    {
        IEnumerable<string> files = Files("src").Concat(Files("tests")).Concat(Files("perf"));
        Assert.Equal([], files.SelectMany(LongLines));
    }

    // Text of another language in a raw string, such as the script of a page or JSON, keeps to that language's rules.
    private static IEnumerable<string> LongLines(string file)
    {
        const int Most = 140;
        bool isInside = false;
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            int marks = RawStringMark().Count(line);
            if (line.Length > Most && !isInside && marks == 0) yield return $"{Path.GetRelativePath(Repository.Root, file)}:{number}";
            if (marks % 2 == 1) isInside = !isInside;
        }
    }

    // The folder of the project is the name of its root namespace; a file without a namespace is a program's first or an assembly's
    // attributes.
    private static string? Misplaced(string file)
    {
        string path = Path.GetRelativePath(Repository.Root, file);
        string[] parts = path.Split(Path.DirectorySeparatorChar);
        string expected = string.Join('.', parts[1..^1]);
        Match found = NamespaceLine().Match(File.ReadAllText(file));
        if (found.Success) return found.Groups[1].Value == expected ? null : $"{path} is in {found.Groups[1].Value}, not in {expected}";
        return parts[^1] is "Program.cs" or "AssemblyInfo.cs" ? null : $"{path} has no namespace";
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories);

    [GeneratedRegex("\"{3,}")]
    private static partial Regex RawStringMark();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
