using System.CommandLine;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Layers;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest;

/// <summary>Parses the command line and starts one run.</summary>
internal static class LoadTestCommand
{
    private const int QuickEntries = 200_000;
    private const int QuickRounds = 2;

    public static Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var quick = new Option<bool>("--quick") { Description = "Quick check: 200,000 entries, 2 rounds, results printed and not saved." };
        var entries =
            new Option<int?>("--entries")
            {
                Description = "Live entries, in the proportions of the default. [default: 6,600,000]",
                HelpName = "entries",
            };
        var accounts = new Option<int?>("--accounts") { Description = "ACCOUNT entries. [default: 2,000,000]", HelpName = "entries" };
        var trustlines = new Option<int?>("--trustlines") { Description = "TRUSTLINE entries. [default: 4,000,000]", HelpName = "entries" };
        var others =
            new Option<int?>("--others") { Description = "Entries of all other types together. [default: 600,000]", HelpName = "entries" };
        var rounds =
            new Option<int?>("--rounds") { Description = "Rounds; each measures every layer once. [default: 5]", HelpName = "rounds" };
        var only =
            new Option<string[]>("--only")
            {
                Description = "Layers or groups (client, tool, copy, load) to measure, separated by commas; name* selects several.",
                HelpName = "layers",
            };
        var list = new Option<bool>("--list") { Description = "List the layers and exit." };
        var data =
            new Option<string>("--data")
            {
                Description = "Folder for archives and row files, which are kept; the server's user must be able to read it.",
                HelpName = "directory",
                DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "pipeline-load-test"),
            };
        var fresh = new Option<bool>("--fresh") { Description = "Generate the kept files of this size again." };
        var database =
            new Option<string?>("--database")
            {
                Description = "Measure on this server, in separate databases. Without it, a private server is started.",
                HelpName = "connection",
            };
        var serverDirectory =
            new Option<string?>("--server-directory")
            {
                Description = "Folder for the private server's data. [default: the system's folder for temporary files]",
                HelpName = "directory",
            };
        var profile =
            new Option<ServerProfile>("--server-profile")
            {
                Description =
                    "Settings of the private server: stock (those of initdb, shared_buffers 1 GB, autovacuum off) or product (those of "
                        + "the command line's private server).",
                DefaultValueFactory = _ => ServerProfile.Stock,
            };
        var setting =
            new Option<string[]>("--setting")
            {
                Description = "A setting of the private server, name=value. May be repeated.",
                HelpName = "name=value",
            };
        var results =
            new Option<string?>("--results")
            {
                Description = "Folder for the results, appended. [default: perf/results of the checkout; none with --quick or --only]",
                HelpName = "directory",
            };
        var noResults = new Option<bool>("--no-results") { Description = "Only print the results." };
        var label = new Option<string?>("--label") { Description = "A label of this run for its heading.", HelpName = "text" };
        var batchRows = new Option<int?>("--batch-rows") { Description = "populate: most rows of one COPY.", HelpName = "rows" };
        var batchBytes =
            new Option<long?>("--batch-bytes") { Description = "populate in this process: most bytes of one COPY.", HelpName = "bytes" };
        var rebuild =
            new Option<IndexRebuild>("--rebuild-indexes")
            {
                Description = "populate: drop indexes before the load and build them after it.",
                DefaultValueFactory = _ => new PopulateOptions().IndexRebuild
            };
        var workers =
            new Option<int?>("--decode-workers") { Description = "populate in this process: workers that decode.", HelpName = "workers" };

        var root = new RootCommand("Measures a load layer by layer, each compared with its ceiling in the same run.")
        {
            quick, entries, accounts, trustlines, others, rounds, only, list, data, fresh, database, serverDirectory, profile, setting,
            results, noResults, label, batchRows, batchBytes, rebuild, workers,
        };
        root.Add(ForeignKeys.CostCommand.Create());
        root.Add(Writers.WriterCostCommand.Create());
        root.Add(Plans.PlanCostCommand.Create());
        root.Add(Backfill.BackfillCostCommand.Create());
        root.Add(Live.LiveCostCommand.Create());
        root.Add(Queries.QueryCostCommand.Create());
        root.Add(Views.ViewCostCommand.Create());
        root.SetAction(async (parsed, token) =>
        {
            if (parsed.GetValue(list))
            {
                foreach (Layer layer in LayerCatalog.All)
                    Console.WriteLine($"{layer.Name,-18} {layer.Group.ToString().ToLowerInvariant(),-9} {layer.Description}");
                return 0;
            }

            Checkout.RequireOptimized();

            bool isQuick = parsed.GetValue(quick);
            int? total = parsed.GetValue(entries) ?? (isQuick ? QuickEntries : null);
            DatasetSize size = total is { } count ? DatasetSize.OfEntries(Positive("--entries", count, 1_000)) : DatasetSize.Default;
            var populate = new PopulateOptions();
            populate = populate with
            {
                BatchRows = parsed.GetValue(batchRows) ?? populate.BatchRows,
                BatchBytes = parsed.GetValue(batchBytes) ?? populate.BatchBytes,
                IndexRebuild = parsed.GetValue(rebuild),
                DecodeWorkers = parsed.GetValue(workers) ?? populate.DecodeWorkers,
            };
            populate.Validate();
            string[] layers =
                [.. (parsed.GetValue(only) ?? []).SelectMany(
                    text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            var options = new LoadTestOptions
            {
                Size = size with
                {
                    Accounts = Positive("--accounts", parsed.GetValue(accounts) ?? size.Accounts, 100),
                    Trustlines = Positive("--trustlines", parsed.GetValue(trustlines) ?? size.Trustlines, 100),
                    Others = Positive("--others", parsed.GetValue(others) ?? size.Others, 1_000),
                },
                Rounds = Positive("--rounds", parsed.GetValue(rounds) ?? (isQuick ? QuickRounds : 5), 1),
                Only = layers,
                DataDirectory = parsed.GetValue(data)!,
                Fresh = parsed.GetValue(fresh),
                Database = parsed.GetValue(database),
                ServerDirectory = parsed.GetValue(serverDirectory),
                Profile = parsed.GetValue(profile),
                ServerSettings = (parsed.GetValue(setting) ?? []).Select(Setting).ToDictionary(),
                ResultsDirectory = parsed.GetValue(noResults)
                    ? null
                    : parsed.GetValue(results) ?? (isQuick || layers.Length > 0 ? null : Checkout.ResultsDirectory()),
                Label = parsed.GetValue(label),
                Populate = populate,
            };
            await new LoadTestRun(options, Console.Out).RunAsync(token);
            return 0;
        });

        ParseResult parsed = root.Parse(arguments);
        return parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellationToken);
    }

    private static int Positive(string option, int value, int least) =>
        value >= least
            ? value
            : throw LoadTestException.Usage(FormattableString.Invariant($"{option} is {value:N0}; it must be at least {least:N0}."));

    private static KeyValuePair<string, string> Setting(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new(text[..equals].Trim(), text[(equals + 1)..].Trim())
            : throw LoadTestException.Usage($"--setting {text} must have the form name=value.");
    }
}
