using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Evaluates every strategy for a catalogue, a role's privileges and a load's options, and chooses one. Sends no query.</summary>
public static class ForeignKeyPlanner
{
    // Measured on PostgreSQL 15 with 4 M child rows (strategy facts); only their ratios matter here.
    private const double ProofSecondsPerRow = 0.1e-6;
    private const double ValidationSecondsPerRow = 0.24e-6;
    private const double RowCheckSecondsPerRow = 4.3e-6;
    private const double QueuedEventBytes = 12.1;
    private const string CheapestReason = "The cheapest that the role may use without changing anything but foreign keys.";

    /// <summary>Makes the plan.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="rights">The role's privileges.</param>
    /// <param name="options">The load's options; null for the defaults.</param>
    /// <returns>The plan. It may refuse the load: see <see cref="ForeignKeyPlan.IsRefused"/>.</returns>
    public static ForeignKeyPlan Plan(ForeignKeyCatalog catalog, RoleRights rights, ForeignKeyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(rights);
        options ??= new ForeignKeyOptions();
        var graph = new ForeignKeyGraph(catalog, options.ExpectedRows);
        double? proof = Seconds(catalog, options, ProofSecondsPerRow, wholeTable: true);
        double? validation = Seconds(catalog, options, ValidationSecondsPerRow, wholeTable: true);
        double? rowChecks = Seconds(catalog, options, RowCheckSecondsPerRow, wholeTable: false);
        var candidates = new List<Candidate>
        {
            new(ReplicaStrategy.Judge(catalog, options, rights), StrategyFactsTable.Replica, proof),
            new(RecreateStrategy.Judge(catalog, options, rights), StrategyFactsTable.Recreate, validation),
            new(OrderedStrategy.Judge(catalog, graph, options, rights), StrategyFactsTable.Ordered, rowChecks),
            new(DeferredStrategy.Judge(catalog, graph, options, rights), StrategyFactsTable.Deferred, rowChecks),
        };
        candidates = [.. candidates.Select(candidate => candidate with { Probe = WithRefusal(candidate.Probe, options) })];
        Candidate? chosen = Choose(candidates, catalog, options);
        IEnumerable<StrategyVerdict> verdicts = candidates.Select(candidate => Verdict(candidate, candidate == chosen, catalog, options));
        return new ForeignKeyPlan(catalog, graph, options, rights.Role, [.. verdicts]);
    }

    internal static string NameOf(ForeignKeyChoice choice) => choice switch
    {
        ForeignKeyChoice.Replica => ReplicaStrategy.StrategyName,
        ForeignKeyChoice.Recreate => RecreateStrategy.StrategyName,
        ForeignKeyChoice.Deferred => DeferredStrategy.StrategyName,
        ForeignKeyChoice.Ordered => OrderedStrategy.StrategyName,
        _ => "auto",
    };

    private static Candidate? Choose(List<Candidate> candidates, ForeignKeyCatalog catalog, ForeignKeyOptions options)
    {
        if (options.Choice != ForeignKeyChoice.Auto)
            return candidates.Find(candidate => candidate.Probe.Strategy == NameOf(options.Choice) && candidate.Probe.IsPossible);

        // Without a key to satisfy, the strategy that changes nothing is the cheapest.
        if (!catalog.BindingKeys.Any())
            return candidates.Find(candidate => candidate.Probe.Strategy == OrderedStrategy.StrategyName);
        var usable = candidates.Where(candidate => candidate.Probe.IsPossible && candidate.Probe.Cautions.Count == 0).ToList();
        return usable.TrueForAll(candidate => candidate.Seconds is not null)
            ? usable.MinBy(candidate => candidate.Seconds)
            : usable.FirstOrDefault();
    }

    private static StrategyProbe WithRefusal(StrategyProbe probe, ForeignKeyOptions options) =>
        options.Refused.TryGetValue(probe.Strategy, out string? words)
            ? probe with { Obstacles = [.. probe.Obstacles, $"It was tried, and the server refused: {words.TrimEnd('.')}."] }
            : probe;

    /// <summary>Rows to check times seconds per row; null if the expected rows of a table are unknown.</summary>
    private static double? Seconds(ForeignKeyCatalog catalog, ForeignKeyOptions options, double secondsPerRow, bool wholeTable)
    {
        var estimates = catalog.Tables.ToDictionary(table => table.Name, table => table.RowEstimate ?? 0);
        double seconds = 0;
        foreach (QualifiedName table in catalog.BindingKeys.SelectMany(key => key.LoadedReferencing))
        {
            if (!options.ExpectedRows.TryGetValue(table, out double expected))
                return null;
            seconds += (expected + (wholeTable ? estimates[table] : 0)) * secondsPerRow;
        }

        return seconds;
    }

    private static string ChosenReason(ForeignKeyOptions options) => options switch
    {
        { Choice: ForeignKeyChoice.Auto } => CheapestReason,
        { IndexRebuild: IndexRebuild.Always } => "The indexes are rebuilt after the load, and the keys with them.",
        _ => "Asked for, and possible.",
    };

    private static StrategyVerdict Verdict(Candidate candidate, bool isChosen, ForeignKeyCatalog catalog, ForeignKeyOptions options)
    {
        var reasonsFor = new List<string>();
        if (isChosen && !catalog.BindingKeys.Any())
            reasonsFor.Add("No foreign key binds the loaded rows, so there is nothing to do.");
        else if (isChosen)
            reasonsFor.Add(ChosenReason(options));
        reasonsFor.Add(candidate.Facts.Cost);
        if (candidate.Seconds is { } seconds)
            reasonsFor.Add(string.Create(CultureInfo.InvariantCulture, $"Checking the expected rows would take about {seconds:0.##} s."));

        var reasonsAgainst = new List<string>(candidate.Probe.Obstacles);
        reasonsAgainst.AddRange(candidate.Probe.Cautions);
        if (candidate.Facts == StrategyFactsTable.Deferred && candidate.Seconds is { } checks)
        {
            double megabytes = checks / RowCheckSecondsPerRow * QueuedEventBytes / 1e6;
            reasonsAgainst.Add(
                string.Create(CultureInfo.InvariantCulture, $"The queue of checks would take about {megabytes:0.#} MB of server memory."));
        }

        reasonsAgainst.Add("Locks: " + candidate.Facts.Locks);
        return new StrategyVerdict(
            candidate.Probe.Strategy, candidate.Facts, candidate.Probe, candidate.Seconds, isChosen, reasonsFor, reasonsAgainst);
    }

    private sealed record Candidate(StrategyProbe Probe, StrategyFacts Facts, double? Seconds);
}
