using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Network;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>
/// The circle closes: a checkpoint and the ledgers up to a later one give the tables of the later one, undisturbed or not.
/// </summary>
/// <remarks>
/// By wallet-backend's rules the two may differ in this, and in nothing else:
/// | column or row | why |
/// | last_modified_ledger | a checkpoint writes its own number into every row |
/// | trustline_assets: more rows | an asset stays when its last trustline goes |
/// | contract_tokens, protocol_wasms, protocol_contracts: more rows | what is known of a contract stays when it is evicted |
/// | contract_tokens of a contract that has no instance in the checkpoint | live has seen its instance, the checkpoint only balances |
/// | contract_tokens of an asset's contract whose instance was archived at the first checkpoint, and came back since: code, issuer, name and
/// symbol NULL | the checkpoint wrote a row for its balances alone, and rows of contracts are inserted or ignored |
/// | protocol_contracts of a contract whose code was archived at the first checkpoint, and came back since | only a write of the instance
/// adds the row |
/// PIPELINE_CIRCLE_SEEDS sets how many networks are simulated, PIPELINE_CIRCLE_FIRST the first seed.
/// </remarks>
public sealed class CircleTests : IDisposable
{
    private const int Ledgers = 3 * SimulatedNetworks.CheckpointFrequency;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-circle-").FullName;

    private static IEnumerable<int> Seeds => Enumerable.Range(Variable("PIPELINE_CIRCLE_FIRST", 1), Variable("PIPELINE_CIRCLE_SEEDS", 8));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public Task RunAsync_FromACheckpointToALaterOne_GivesTheTablesOfTheLaterOne() => CloseAsync(async (bench, seed, network, ledgers) =>
    {
        LiveReport report = await bench.RunAsync(LiveBench.Source(ledgers), Named(network), Options(seed));

        Assert.Equal((seed, network.Ledger), (seed, report.Last));
    });

    [SkippableFact]
    public Task RunAsync_CancelledAtRandomMoments_GivesTheTablesOfTheLaterOne() => CloseAsync(async (bench, seed, network, ledgers) =>
    {
        const int Cancellations = 8;
        var random = new Random(seed);
        for (int run = 0; await bench.CursorAsync() != network.Ledger; run++)
        {
            using var cancel = new CancellationTokenSource();
            // Later ones a little later: each run begins anew, and the first ledgers of many must not be all that is ever disturbed.
            if (run < Cancellations) cancel.CancelAfter(random.Next(5, 150 + (50 * run)));
            try
            {
                await bench.RunAsync(LiveBench.Source(ledgers), Named(network), Options(seed), cancellationToken: cancel.Token);
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                await bench.AssertNothingAheadAsync();
            }
        }
    });

    [SkippableFact]
    public Task RunAsync_SessionsEndedAtRandomMoments_GivesTheTablesOfTheLaterOne() => CloseAsync(async (bench, seed, network, ledgers) =>
    {
        using var done = new CancellationTokenSource();
        Task killing = bench.KillSessionsAsync(new Random(seed), mostPauseMilliseconds: 150, done.Token);
        try
        {
            await bench.RunAsync(LiveBench.Source(ledgers), Named(network), Options(seed) with { Attempts = 1_000 });
        }
        finally
        {
            await done.CancelAsync();
            await killing;
            bench.Database.DataSource.Clear();
        }

        Assert.Equal((seed, network.Ledger), (seed, await bench.CursorAsync()));
    });

    /// <summary>For each seed: fills the tables from a checkpoint, follows the ledgers after it, and compares with a later checkpoint.</summary>
    private async Task CloseAsync(Func<LiveBench, int, SimulatedNetwork, List<byte[]>, Task> follow)
    {
        await using LiveBench bench = await LiveBench.CreateAsync();
        foreach (int seed in Seeds)
        {
            SimulatedNetwork network = SimulatedNetworks.Create(seed);
            await PopulateAsync(bench, network, $"{seed}-a");
            List<string> codes = await bench.Database.RowsAsync("SELECT wasm_hash::text FROM protocol_wasms");
            List<byte[]> ledgers = [.. network.Advance(Ledgers).Select(static ledger => ledger.CloseMeta.ToArray())];

            await follow(bench, seed, network, ledgers);

            Dictionary<string, List<string>> followed = await TablesAsync(bench);
            await PopulateAsync(bench, network, $"{seed}-b");
            Dictionary<string, List<string>> populated = await TablesAsync(bench);
            if (SimulatedNetworks.Options(seed).EvictsContracts)
            {
                populated["protocol_contracts"].RemoveAll(
                    row => !followed["protocol_contracts"].Contains(row)
                        && !codes.Exists(code => row.Contains(code[2..], StringComparison.Ordinal)));
            }

            foreach (string table in followed.Keys) Compare(seed, table, followed[table], populated[table]);
        }
    }

    private static StellarNetwork Named(SimulatedNetwork network) => StellarNetwork.Parse(network.Passphrase);

    /// <summary>Whatever is ready shares a transaction, up to a size from one byte, which is each ledger alone, to 8 MiB.</summary>
    private static LiveOptions Options(int seed) => LiveBench.Options with { CatchUpThreshold = 0, CatchUpBytes = 1 << (seed * 7 % 24) };

    private static int Variable(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int given) ? given : value;

    private async Task PopulateAsync(LiveBench bench, SimulatedNetwork network, string name)
    {
        string path = Path.Combine(folder, name);
        network.WriteCheckpoint(path);
        string tables =
            string.Join(", ", WalletTables.All.Concat(HistoryTables.All).Append(new CopyTable("ingest_store", "key")).Select(
                static table => table.QualifiedName));
        await bench.Database.ExecuteAsync($"TRUNCATE {tables} CASCADE");
        var archive = HistoryArchive.Open(
            path, new HistoryArchiveOptions { Schedule = new CheckpointSchedule(SimulatedNetworks.CheckpointFrequency) });
        await new CheckpointPopulation(archive, bench.Database.DataSource,
            new PopulateOptions { CheckpointFrequency = SimulatedNetworks.CheckpointFrequency }, NullLoggerFactory.Instance).RunAsync();
        Directory.Delete(path, recursive: true);
        Assert.Equal(network.Ledger, await bench.CursorAsync());
    }

    private static async Task<Dictionary<string, List<string>>> TablesAsync(LiveBench bench)
    {
        var tables = new Dictionary<string, List<string>>();
        foreach (CopyTable table in WalletTables.All)
        {
            tables.Add(table.Name, await bench.Database.RowsAsync(
                $"SELECT (to_jsonb(t) - 'created_at' - 'updated_at' - 'last_modified_ledger')::text FROM {table.QualifiedName} t ORDER BY "
                    + $"1"));
        }

        return tables;
    }

    private static void Compare(int seed, string table, List<string> followed, List<string> populated)
    {
        List<string> missing = [.. populated.Except(followed)];
        List<string> surplus = [.. followed.Except(populated)];
        if (table == "contract_tokens")
        {
            // A row for balances alone, where live knows the contract: by its id.
            HashSet<string> known = [.. surplus.Select(ContractOf)];
            missing.RemoveAll(row => IsBare(row) && known.Contains(ContractOf(row)));

            // The other way round: a row for balances alone that was there before its instance came back.
            if (SimulatedNetworks.Options(seed).EvictsContracts)
            {
                HashSet<string> bare = [.. surplus.Where(IsBare).Select(ContractOf)];
                missing.RemoveAll(row => bare.Contains(ContractOf(row)));
            }
        }

        bool mayHaveMore = table is "trustline_assets" or "contract_tokens" or "protocol_wasms" or "protocol_contracts";
        if (mayHaveMore) surplus.Clear();
        Assert.True(
            missing.Count + surplus.Count == 0,
            $"seed {seed}, {table}: the ledgers did not give {missing.Count} rows, and gave {surplus.Count} too many.\nmissing "
                + $"{string.Join("\n        ", missing.Take(5))}\nsurplus {string.Join("\n        ", surplus.Take(5))}");
    }

    private static bool IsBare(string row) =>
        row.Contains("\"code\": null", StringComparison.Ordinal) && row.Contains("\"type\": \"SAC\"", StringComparison.Ordinal);

    private static string ContractOf(string row)
    {
        const string Member = "\"contract_id\": \"";
        int at = row.IndexOf(Member, StringComparison.Ordinal) + Member.Length;
        return row[at..row.IndexOf('"', at)];
    }
}
