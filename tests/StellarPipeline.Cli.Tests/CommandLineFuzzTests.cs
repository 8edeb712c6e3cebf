using System.CommandLine;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// No command line ends in anything but a sentence that names what is wrong: every option of every command, without its value, empty,
/// twice, of the wrong type.
/// </summary>
public sealed class CommandLineFuzzTests
{
    private static readonly string[] WrongValues =
        ["abc", "-", "1e99", "-999999999999999999999", "NaN", "0x10", "--", "\u0001", "👩‍🚀", new('9', 400)];

    public static TheoryData<string, string> Options
    {
        get
        {
            var options = new TheoryData<string, string>();
            foreach ((string path, Command command) in Walk(RootCommands.Create(), ""))
            {
                foreach (Option option in command.Options) options.Add(path, option.Name);
            }

            return options;
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Parse_OptionWithoutItsValue_SaysSo(string path, string option)
    {
        ParseResult parsed = Parse(path, option);
        if (TakesAValue(path, option) && !IsValueOptional(option))
            Assert.Contains(parsed.Errors, error => error.Message.Contains(option, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Parse_OptionThatIsGivenButEmpty_SaysSo(string path, string option)
    {
        if (!TakesAValue(path, option)) return;
        foreach (string[] given in new[] { [option, ""], [option, "  "], new[] { option + "=" } })
        {
            // Nothing behind the sign is no value, and there it need not be one.
            if (given.Length == 1 && IsValueOptional(option)) continue;
            Assert.Contains(Parse(path, given).Errors, error => error.Message.Contains(option, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Parse_OptionTwiceOrOfTheWrongType_NeverThrows(string path, string option)
    {
        _ = Parse(path, option, option);
        foreach (string value in WrongValues)
        {
            ParseResult parsed = Parse(path, option, value);
            if (TypeOf(path, option) is { IsPrimitive: true } type && type != typeof(bool)) Assert.NotEmpty(parsed.Errors);
            _ = Parse(path, option, value, option, value);
            _ = Parse(path, $"{option}={value}", value);
            _ = Parse(path, $"{option}:{value}");
        }
    }

    // The only option that means something without a value: an address of its own choice.
    private static bool IsValueOptional(string option) => option == "--dashboard";

    [Fact]
    public void Parse_RandomWordsOfTheCommandLine_NeverThrows()
    {
        RootCommand root = RootCommands.Create();
        string[] words =
            [.. Walk(root, "").SelectMany(entry => entry.Path.Split(' ').Concat(entry.Command.Options.Select(option => option.Name)))
                .Distinct(), "", " ", "--", "-", "=", "latest", "0", "63", ".", "http://localhost/a", "pubnet", "true"];
        var random = new Random(12);
        for (int round = 0; round < 3_000; round++)
        {
#pragma warning disable CA5394 // A fixed seed, so that a failure comes again.
            string[] arguments = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)])];
#pragma warning restore CA5394
            _ = root.Parse(arguments).Errors.Count;
        }
    }

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path)
    {
        if (path.Length > 0) yield return (path, command);
        foreach ((string, Command) below in command.Subcommands.SelectMany(sub => Walk(sub, $"{path} {sub.Name}".Trim())))
            yield return below;
    }

    private static ParseResult Parse(string path, params string[] arguments)
    {
        ParseResult parsed = RootCommands.Create().Parse([.. path.Split(' '), .. arguments]);
        _ = parsed.Errors.Count;
        return parsed;
    }

    private static Type TypeOf(string path, string option) =>
        Walk(RootCommands.Create(), "").Single(entry => entry.Path == path).Command.Options.Single(one => one.Name == option).ValueType;

    private static bool TakesAValue(string path, string option) =>
        TypeOf(path, option) is var type && type != typeof(bool) && type != typeof(void) && option is not ("--help" or "--version");
}
