using System.Text.RegularExpressions;
using Npgsql;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>A connection that tells the plan of each statement.</summary>
internal sealed partial class PlanListener : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly List<string> plans = [];

    private PlanListener(NpgsqlConnection connection, string schema)
    {
        this.connection = connection;
        Queries = new StellarQueries(connection, schema);
        connection.Notice += (_, told) => plans.Add(told.Notice.MessageText);
    }

    public StellarQueries Queries { get; }

    public static async Task<PlanListener> OpenAsync(TestDatabase database, string schema)
    {
        NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        try
        {
            await using var command = new NpgsqlCommand(
                "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET "
                    + "auto_explain.log_level = notice; SET client_min_messages = notice; SET enable_seqscan = off; SET "
                    + "enable_bitmapscan = off",
                connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException error)
            when (error.SqlState is PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.InsufficientPrivilege)
        {
            await connection.DisposeAsync();
            throw new SkipException($"The server has no auto_explain for these tests: {error.MessageText}");
        }

        return new PlanListener(connection, schema);
    }

    public async Task<string> PlanOfAsync(Func<StellarQueries, Task> ask)
    {
        plans.Clear();
        await ask(Queries);

        // Whether the extension is there, and what is in the columnstore, is asked once for all queries.
        return Assert.Single(
            plans,
            plan => plan.Contains("Scan", StringComparison.Ordinal)
                && !plan.Contains("-- timescale.extension", StringComparison.Ordinal)
                && !plan.Contains("-- columnstore.edges", StringComparison.Ordinal));
    }

    /// <summary>The tables, partitions or chunks that a plan read: not those that it names but never executed.</summary>
    public static List<string> ReadIn(string plan) =>
        [.. Executed().Matches(plan).Select(match => match.Groups["table"].Value).Distinct().Order(StringComparer.Ordinal)];

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    // A ChunkAppend names the hypertable, but reads only what is below it.
    [GeneratedRegex(@"Scan(?! \(ChunkAppend\))[^\n]* on (?:\w+\.)?(?<table>\w+)(?: \w+)?  \(cost=[^\n]*\(actual ")]
    private static partial Regex Executed();
}
