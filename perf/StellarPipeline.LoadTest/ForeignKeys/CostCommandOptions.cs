using System.CommandLine;
using System.Globalization;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The options that every command has which measures parts of a load in rounds, on a private server.</summary>
internal sealed class CostCommandOptions
{
    private readonly Option<int> rounds;

    private readonly Option<string?> serverDirectory = new("--server-directory")
    {
        Description = "Where the private server keeps its data. [default: the system's folder for temporary files]",
        HelpName = "directory",
    };

    private readonly Option<string?> results = new("--results")
    {
        Description = "Folder to append the results to. [default: perf/results of the checkout]",
        HelpName = "directory",
    };

    private readonly Option<bool> noResults = new("--no-results") { Description = "Print the results only." };

    private readonly Option<string?> note = new("--note")
    {
        Description = "A sentence about this run for its readers, such as what else the machine did.",
        HelpName = "text",
    };

    /// <summary>Makes the options.</summary>
    /// <param name="rounds">How often is measured: the one option whose name differs.</param>
    public CostCommandOptions(Option<int> rounds) => this.rounds = rounds;

    /// <summary>Adds them to a command, after its own.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(rounds);
        command.Options.Add(serverDirectory);
        command.Options.Add(results);
        command.Options.Add(noResults);
        command.Options.Add(note);
    }

    /// <summary>Reads them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sizes">What is measured at which sizes; empty where there is but one.</param>
    public CostOptions Read(ParseResult parsed, IReadOnlyList<int> sizes)
    {
        int count = parsed.GetValue(rounds);
        if (count < 1) throw LoadTestException.Usage(FormattableString.Invariant($"{rounds.Name} {count}: give at least 1."));
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
    /// <param name="option">The option that names them.</param>
    /// <param name="least">The least size.</param>
    /// <param name="most">The largest.</param>
    public static IReadOnlyList<int> Sizes(ParseResult parsed, Option<string> option, int least, int most)
    {
        string[] texts = parsed.GetValue(option)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length == 0) throw LoadTestException.Usage($"{option.Name}: name at least one size.");
        return [.. texts.Select(Size)];

        int Size(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size >= least && size <= most
                ? size
                : throw LoadTestException.Usage(FormattableString.Invariant(
                    $"{option.Name} {text}: give whole numbers of {least:N0} to {most:N0}, separated by commas."));
    }
}
