using System.CommandLine;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.Stellar;

namespace StellarPipeline.LoadTest.Live;

/// <summary>
/// The subcommand <c>live-costs</c>: live ingestion with one transaction per ledger, compared with the server's own COPY and upserts of the
/// same rows.
/// </summary>
internal static class LiveCostCommand
{
    /// <summary>Makes the subcommand.</summary>
    public static Command Create()
    {
        var source = new Option<string[]>("--source")
        {
            Description = "A file of consecutive ledgers, an equals sign, and its network's passphrase or name. May be repeated.",
            HelpName = "file=network",
        };
        var dense = new Option<int>("--dense")
        {
            Description = "Also measure generated ledgers with this number of transactions each; 0 for none.",
            HelpName = "transactions",
            DefaultValueFactory = _ => 0,
        };
        var denseLedgers = new Option<int>("--dense-ledgers")
        {
            Description = "Number of generated ledgers.",
            HelpName = "number",
            DefaultValueFactory = _ => 10,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Rounds; each measures everything once.",
            HelpName = "rounds",
            DefaultValueFactory = _ => 3,
        };
        var warmUp = new Option<int>("--warm-up")
        {
            Description = "Rounds before these that do not count, because a process that follows the network is warm.",
            HelpName = "rounds",
            DefaultValueFactory = _ => 4,
        };
        var serverDirectory = new Option<string?>("--server-directory")
        {
            Description = "Folder for the private server's data. [default: the system's folder for temporary files]",
            HelpName = "directory",
        };
        var results = new Option<string?>("--results")
        {
            Description = "Folder for the results, which are appended. [default: perf/results of the checkout]",
            HelpName = "directory",
        };
        var noResults = new Option<bool>("--no-results") { Description = "Only print the results." };
        var note = new Option<string?>("--note")
        {
            Description = "A sentence about this run for the results, such as other work on the machine.",
            HelpName = "text",
        };
        var command = new Command(
            "live-costs",
            "Measures live ingestion, one transaction per ledger, compared with the server's own COPY and upserts of the same rows "
                + "from files, also one transaction per ledger, in one session.")
        {
            source, dense, denseLedgers, rounds, warmUp, serverDirectory, results, noResults, note,
        };
        command.SetAction(async (parsed, token) =>
        {
            Checkout.RequireOptimized();

            var sets = new List<LedgerSet>();
            foreach (string text in parsed.GetValue(source) ?? []) sets.Add(await ReadAsync(text, token));
            if (parsed.GetValue(dense) is > 0 and var transactions)
                sets.Add(LedgerSet.Generate(transactions, Math.Max(1, parsed.GetValue(denseLedgers))));
            if (sets.Count == 0) throw LoadTestException.Usage("There are no ledgers to measure. Give --source or --dense.");
            var run = new LiveCostRun(sets, new CostOptions
            {
                Children = [],
                Rounds = Math.Max(1, parsed.GetValue(rounds)),
                ServerDirectory = parsed.GetValue(serverDirectory),
                ResultsDirectory = parsed.GetValue(noResults) ? null : parsed.GetValue(results) ?? Checkout.ResultsDirectory(),
                Note = parsed.GetValue(note),
            }, Math.Max(1, parsed.GetValue(warmUp)));
            await run.RunAsync(Console.Out, token);
            return 0;
        });
        return command;
    }

    private static Task<LedgerSet> ReadAsync(string text, CancellationToken cancellationToken)
    {
        int at = text.LastIndexOf('=');
        return at < 1
            ? throw LoadTestException.Usage($"--source {text} must be a file, an equals sign, and the network.")
            : LedgerSet.ReadAsync(text[..at], StellarNetwork.Parse(text[(at + 1)..]), cancellationToken);
    }
}
