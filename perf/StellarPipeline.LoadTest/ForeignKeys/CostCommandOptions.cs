using System.CommandLine;
using System.Globalization;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The common options of commands that measure parts of a load in rounds on a private server.</summary>
internal sealed class CostCommandOptions
{
    private readonly Option<int> rounds;

    private readonly Option<string?> serverDirectory = new("--server-directory")
    {
        Description = "Folder for the private server's data. [default: the system's folder for temporary files]",
        HelpName = "directory",
    };

    private readonly Option<string?> results = new("--results")
    {
        Description = "Folder for the results, which are appended. [default: perf/results of the checkout]",
        HelpName = "directory",
    };

    private readonly Option<bool> noResults = new("--no-results") { Description = "Only print the results." };

    private readonly Option<string?> note = new("--note")
    {
        Description = "A sentence about this run for the results, such as other work on the machine.",
        HelpName = "text",
    };

    /// <summary>Makes the options.</summary>
    /// <param name="rounds">The option for the number of rounds; its name depends on the command.</param>
    public CostCommandOptions(Option<int> rounds) => this.rounds = rounds;

    /// <summary>Adds the options to a command, after its own.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(rounds);
        command.Options.Add(serverDirectory);
        command.Options.Add(results);
        command.Options.Add(noResults);
        command.Options.Add(note);
    }

    /// <summary>Reads the options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sizes">The measured sizes; empty if there is only one.</param>
    public CostOptions Read(ParseResult parsed, IReadOnlyList<int> sizes)
    {
        int count = parsed.GetValue(rounds);
        if (count < 1) throw LoadTestException.Usage(FormattableString.Invariant($"{rounds.Name} is {count}; it must be at least 1."));
        return new CostOptions
        {
            Children = sizes,
            Rounds = count,
            ServerDirectory = parsed.GetValue(serverDirectory),
            ResultsDirectory = parsed.GetValue(noResults) ? null : parsed.GetValue(results) ?? Checkout.ResultsDirectory(),
            Note = parsed.GetValue(note),
        };
    }

    /// <summary>Reads several sizes, separated by commas.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option with the sizes.</param>
    /// <param name="least">The smallest allowed size.</param>
    /// <param name="most">The largest allowed size.</param>
    public static IReadOnlyList<int> Sizes(ParseResult parsed, Option<string> option, int least, int most)
    {
        string[] texts = parsed.GetValue(option)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length == 0) throw LoadTestException.Usage($"{option.Name} needs at least one size.");
        return [.. texts.Select(Size)];

        int Size(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size >= least && size <= most
                ? size
                : throw LoadTestException.Usage(FormattableString.Invariant(
                    $"{option.Name} {text} must be whole numbers from {least:N0} to {most:N0}, separated by commas."));
    }
}
