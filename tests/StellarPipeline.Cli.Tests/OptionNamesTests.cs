using System.CommandLine;
using System.Text.RegularExpressions;
using StellarPipeline.Cli.Output;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>Libraries name their settings, the program names its options.</summary>
public sealed partial class OptionNamesTests
{
    [Fact]
    public void BySetting_Options_AreThoseOfTheProgram()
    {
        var known = Options(RootCommands.Create()).Select(option => option.Name).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(OptionNames.BySetting);
        Assert.Equal([], OptionNames.BySetting.Values.Where(option => !known.Contains(option)));
    }

    [Theory]
    [InlineData("Raise the limit (MaxBucketBytes).", "Raise the limit (--max-bucket-bytes).")]
    [InlineData("MaxAge refuses it; CheckpointFrequency 8.", "--max-age refuses it; --checkpoint-frequency 8.")]
    [InlineData("MaxAges, a MaxPageBytes and \"MyConfirmWith\" stay.", "MaxAges, a MaxPageBytes and \"MyConfirmWith\" stay.")]
    public void In_Message_NamesOptionsForSettings(string message, string expected) => Assert.Equal(expected, OptionNames.In(message));

    // Decrements look like options: digits[--first] is none. Options of PostgreSQL's own programs are not among ours.
    [Theory]
    [InlineData("Archive")]
    [InlineData("Archive.S3")]
    [InlineData("Dataflow")]
    [InlineData("Postgres")]
    [InlineData("Xdr")]
    public void Sources_OfALibrary_NameNoOptionOfTheProgram(string library)
    {
        var known = Options(RootCommands.Create()).Select(option => option.Name).ToHashSet(StringComparer.Ordinal);
        known.Remove("--version");
        IEnumerable<string> files = Directory.EnumerateFiles(
            Repository.PathOf("src", $"StellarPipeline.{library}"), "*.cs", SearchOption.AllDirectories);
        Assert.Equal([], files.SelectMany(
            file => LongOption().Matches(File.ReadAllText(file)).Select(match => match.Value).Where(known.Contains)
                .Select(option => $"{Path.GetFileName(file)}: {option}")));
    }

    private static IEnumerable<Option> Options(Command command) => command.Options.Concat(command.Subcommands.SelectMany(Options));

    [GeneratedRegex(@"(?<![\w\[-])--[a-z][a-z0-9-]+")]
    private static partial Regex LongOption();
}
