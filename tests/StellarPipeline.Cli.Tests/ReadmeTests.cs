using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public async Task Readme_HelpOfPopulate_IsWhatTheProgramPrints()
    {
        string readme = await File.ReadAllTextAsync(Repository.PathOf("src", "StellarPipeline.Cli", "packaging", "README.md"));
        CliResult help = await CliProcess.RunAsync("populate", "--help");
        string options = help.Output[help.Output.IndexOf("Options:", StringComparison.Ordinal)..].Trim();
        int begin = readme.IndexOf("<!-- help:populate -->", StringComparison.Ordinal);
        string block = readme[begin..readme.IndexOf("<!-- /help -->", begin, StringComparison.Ordinal)];
        Assert.Contains(string.Join('\n', options.Split('\n').Select(line => line.TrimEnd())), block, StringComparison.Ordinal);
    }

    [Fact]
    public void TopLevel_Entries_AreTheAgreedOnes()
    {
        string[] agreed = ["src", "tests", "perf", "schema", "Pipeline.sln", "run.ps1", "README.md", "LICENSE", "CHANGELOG.md", "findings"];
        IEnumerable<string> others = Directory.EnumerateFileSystemEntries(Repository.Root).Select(path => Path.GetFileName(path)!).Where(
            name => !name.StartsWith('.') && !name.StartsWith("Directory.", StringComparison.Ordinal));
        Assert.Empty(others.Except(agreed));
    }
}
