using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// A small archive, a database that holds its rows, and what an undisturbed load leaves: shared by tests that disturb loads.
/// </summary>
public sealed class FaultBench : IAsyncLifetime
{
    /// <summary>Every disturbed load ends within this time.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>How loads are named on the server.</summary>
    public const string LoaderName = "fault-loader";

    private TestDatabase? database;

    /// <summary>Folder of the archive.</summary>
    public string Archive { get; } = Directory.CreateTempSubdirectory("pipeline-faults-").FullName;

    /// <summary>All tables after an undisturbed load.</summary>
    public string Undisturbed { get; private set; } = "";

    public TestDatabase Database
    {
        get
        {
            Skip.If(database is null, "No PostgreSQL for tests.");
            return database!;
        }
    }

    /// <summary>Connection string of a loader that goes to the server directly.</summary>
    public string Direct => new NpgsqlConnectionStringBuilder(Database.ConnectionString) { ApplicationName = LoaderName }.ConnectionString;

    public async Task InitializeAsync()
    {
        await CheckpointArchiveGenerator.GenerateAsync(Archive,
            new GeneratorOptions { Accounts = 1_000, Trustlines = 2_000, Seed = 11, Passphrase = StellarNetwork.Testnet.Passphrase });
        try
        {
            database = await PostgresFixture.CreateDatabaseAsync();
        }
        catch (SkipException)
        {
            return; // The tests say so themselves.
        }

        await LoadAsync(Direct, new PopulateOptions());
        Undisturbed = await ExpectedTables.SnapshotAsync(database.DataSource);
    }

    public async Task DisposeAsync()
    {
        if (database is not null) await database.DisposeAsync();
        Directory.Delete(Archive, recursive: true);
    }

    /// <summary>Loads the archive as often as the options allow, within the bound, on connections that end with the load.</summary>
    public async Task<PopulateReport> LoadAsync(string connectionString, PopulateOptions options, int attempts = 1,
        IArchiveTransport? transport = null, CancellationToken cancellationToken = default)
    {
        await using NpgsqlDataSource source = ConnectionSettings.Parse(connectionString).CreateDataSource();
        var tries = new LoadAttempts(
            new LoadAttemptOptions { Attempts = attempts, FirstDelay = TimeSpan.FromMilliseconds(20) }, NullLoggerFactory.Instance);
        HistoryArchive archive =
            transport is null ? HistoryArchive.Open(Archive) : new HistoryArchive(transport, new HistoryArchiveOptions());
        using var log = new LineLogger();
        try
        {
            return await tries.RunAsync(_ => new CheckpointPopulation(archive, source, options, log), null, cancellationToken).WaitAsync(
                Bound, CancellationToken.None);
        }
        finally
        {
            // Whatever the outcome.
            Assert.DoesNotContain(log.Lines, line => line.Contains("were not returned", StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// Nothing of a failed load remains: no session within the bound, no changed row; and the next load works and gives the tables of an
    /// undisturbed one.
    /// </summary>
    public async Task AssertNothingRemainsAndTheNextLoadWorksAsync()
    {
        await AssertNoSessionsAsync();
        Assert.Equal(Undisturbed, await ExpectedTables.SnapshotAsync(Database.DataSource));
        await LoadAsync(Direct, new PopulateOptions { Replace = true });
        Assert.Equal(Undisturbed, await ExpectedTables.SnapshotAsync(Database.DataSource));
        await AssertNoSessionsAsync();
    }

    /// <summary>Waits until no session of a loader is left on the server.</summary>
    public Task AssertNoSessionsAsync() => Database.WaitForNoSessionsAsync($"application_name LIKE '{LoaderName}%'");
}
