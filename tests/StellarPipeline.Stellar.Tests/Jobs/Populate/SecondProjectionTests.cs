using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>A projection of somebody else's beside the wallet tables: the same load, the same transaction.</summary>
public sealed class SecondProjectionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-second-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_ProjectionBesideTheWalletTables_FillsBothInOneTransaction(int workers)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE rich (account_id bytea PRIMARY KEY, balance bigint NOT NULL)");
        GeneratedArchive archive =
            await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 3_000, Trustlines = 2_000, Seed = 3 });

        PopulateReport report = await LoadAsync(database, workers);

        foreach ((string table, long rows) in archive.ExpectedRows.ByTable())
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
        long rich = await database.QueryAsync<long>($"SELECT count(*) FROM native_balances WHERE balance >= {RichProjection.Least}");
        Assert.InRange(rich, 1, 2_999);
        Assert.Equal(rich, await database.QueryAsync<long>("SELECT count(*) FROM rich JOIN native_balances USING (account_id, balance)"));
        Assert.Equal(rich, report.Tables.Single(table => table.Name == "rich").Rows);
        Assert.Equal(rich, report.Entries.Outcomes.Single(outcome => outcome.Outcome == "rich").Count);
        Assert.Equal(archive.LiveEntryCount, report.Entries.Read);
        Assert.Equal(archive.LiveEntryCount, report.Entries.Outcomes.Where(
            outcome => outcome.Outcome is "rich" or "not_rich" or "no_account").Sum(outcome => outcome.Count));
    }

    [SkippableFact]
    public async Task RunAsync_TableOfTheSecondProjectionIsMissing_IsRefusedAndNothingIsStored()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 100, Seed = 3 });

        PopulateException error = await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(database, 1));

        Assert.Contains("rich does not exist", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    private Task<PopulateReport> LoadAsync(TestDatabase database, int workers)
    {
        var options = new PopulateOptions { DecodeWorkers = workers, MoreProjections = [(_, _, _) => new RichProjection()] };
        return new CheckpointPopulation(HistoryArchive.Open(folder), database.DataSource, options, NullLoggerFactory.Instance).RunAsync();
    }

    /// <summary>Accounts with a large balance.</summary>
    private sealed class RichProjection : IProjection<LedgerEntryView>
    {
        public const long Least = 500_000_000_000;
        public static readonly CopyTable Table = new("rich", "account_id", "balance");

        public IReadOnlyList<CopyTable> Tables => [Table];

        public IReadOnlyList<string> Kinds => ["entry"];

        public IReadOnlyList<ProjectionOutcome> Outcomes { get; } =
            [new("rich", true, "A rich account.") { OneRowOf = Table }, new("not_rich", false, "Another account."),
                new("no_account", false, "No account.")];

        public IRowEncoder<LedgerEntryView> CreateEncoder(PagePool pages) => new Encoder(pages);

        public void Dispose()
        {
        }

        private sealed class Encoder(PagePool pages) : IRowEncoder<LedgerEntryView>
        {
            private readonly RowPageWriter rows = new(Table, pages);
            private readonly ProjectionTally tally = new(1, 3);

            public void Encode(in LedgerEntryView view)
            {
                bool isAccount = view.Type == LedgerEntryType.Account;
                bool isRich = isAccount && view.AsAccount().Balance >= Least;
                tally.Count(0, isRich ? 0 : isAccount ? 1 : 2);
                if (!isRich) return;
                rows.BeginRow();
                rows.WriteBytes((byte)StrKeyKind.Account, view.AsAccount().AccountId);
                rows.WriteInt64(view.AsAccount().Balance);
                rows.EndRow();
            }

            public void Flush(ProjectedRows made)
            {
                if (rows.Take() is { } page) made.Pages.Add(page);
                made.Tally.Add(tally);
                tally.Clear();
            }

            public void Dispose() => rows.Dispose();
        }
    }
}
