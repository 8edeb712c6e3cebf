namespace StellarPipeline.Cli.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public async Task Readme_HelpOfPopulate_IsWhatTheProgramPrints()
    {
        string readme = await File.ReadAllTextAsync(RepositoryFile("README.md"));
        CliResult help = await CliProcess.RunAsync("populate", "--help");
        string options = help.Output[help.Output.IndexOf("Options:", StringComparison.Ordinal)..].Trim();
        int begin = readme.IndexOf("<!-- help:populate -->", StringComparison.Ordinal);
        string block = readme[begin..readme.IndexOf("<!-- /help -->", begin, StringComparison.Ordinal)];
        Assert.Contains(string.Join('\n', options.Split('\n').Select(line => line.TrimEnd())), block, StringComparison.Ordinal);
    }

    [Fact]
    public void TopLevel_Entries_AreTheAgreedOnes()
    {
        string root = Path.GetDirectoryName(RepositoryFile("README.md"))!;
        string[] agreed = ["src", "tests", "perf", "schema", "Pipeline.sln", "run.ps1", "README.md", "LICENSE", "CHANGELOG.md", "findings"];
        IEnumerable<string> others = Directory.EnumerateFileSystemEntries(root).Select(path => Path.GetFileName(path)!).Where(name => !name.StartsWith('.') && !name.StartsWith("Directory.", StringComparison.Ordinal));
        Assert.Empty(others.Except(agreed));
    }

    [Fact]
    public void Sources_Files_StayReadable()
    {
        string source = Path.Combine(Path.GetDirectoryName(RepositoryFile("README.md"))!, "src");
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= 450, $"{file} has {lines.Length} lines: it wants to be two.");
            foreach (string banned in new[] { "#region", "TODO", "FIXME", "NotImplementedException" })
            {
                Assert.DoesNotContain(lines, line => line.Contains(banned, StringComparison.Ordinal));
            }
        }
    }

    internal static string RepositoryFile(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return Path.Combine(folder.FullName, name);
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
