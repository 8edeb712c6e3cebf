using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>Where PostgreSQL checks keys as rows come, every batch finds the parents that it refers to, whatever closed it.</summary>
public sealed class ParentsFirstTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-parents-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Ordered, 7)]
    [InlineData(ForeignKeyChoice.Ordered, 50)]
    [InlineData(ForeignKeyChoice.Deferred, 7)]
    [InlineData(ForeignKeyChoice.Deferred, 50)]
    public async Task RunAsync_BatchesSmallerThanContractsAndLargerThanCodes_SendsCodesFirst(ForeignKeyChoice choice, int batchRows)
    {
        await LoadAsync(new GeneratorOptions { Accounts = 300, Trustlines = 600, Seed = 5 },
            new PopulateOptions { ForeignKeys = choice, BatchRows = batchRows });
    }

    [SkippableTheory]
    [InlineData(82_000)]
    [InlineData(85_000)]
    [InlineData(88_000)]
    public async Task RunAsync_OpenRowsNearTheirBoundWhenParentsAreCompleted_SendsAllParentsBeforeTheChildren(int trustlines)
    {
        // The last assets push the open rows over their bound, which closes the largest batch: that of the trustlines, while their assets
        // are being appended.
        const int BytesInFlight = 16 << 20;
        var options = new PopulateOptions
        {
            ForeignKeys = ForeignKeyChoice.Ordered, BatchRows = 4_000_000, RowBytesInFlight = BytesInFlight,
            BatchBytes = BytesInFlight / 3 * 2
        };
        await LoadAsync(new GeneratorOptions { Accounts = 200, Trustlines = trustlines, Assets = 20_000, Seed = 5 }, options);
    }

    private async Task LoadAsync(GeneratorOptions size, PopulateOptions options)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(folder, size);

        PopulateReport report = await new CheckpointPopulation(
            HistoryArchive.Open(folder), database.DataSource, options, NullLoggerFactory.Instance).RunAsync();

        Assert.Equal(options.ForeignKeys.ToString(), report.ForeignKeys.Strategy, ignoreCase: true);
        foreach ((string table, long rows) in archive.ExpectedRows.ByTable())
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
    }
}
