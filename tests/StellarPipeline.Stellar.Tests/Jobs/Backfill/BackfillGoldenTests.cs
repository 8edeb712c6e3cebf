using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Recorded ledgers through a whole backfill: the tables hold the rows that wallet-backend made of them.</summary>
public sealed class BackfillGoldenTests
{
    // One database for all sets, emptied in between: to make one takes longer than to fill it.
    [SkippableFact]
    public async Task Run_RecordedLedgers_TablesHoldUpstreamsRows()
    {
        List<GoldenSet> sets = [.. GoldenSet.Names().Select(name => GoldenSet.Open((string)name[0]))];
        string tables = string.Join(", ", HistoryTables.All.Select(table => table.QualifiedName));
        int loaded = 0;
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        foreach (GoldenSet set in sets)
        {
            if (loaded > 0) await database.ExecuteAsync($"TRUNCATE {tables}, backfill_batches, backfill_leases");
            LedgerStreamPart[] parts =
                [.. set.Ledgers().Select((bytes, index) => new LedgerStreamPart($"{set.Name} {index}", _ => new(new MemoryStream(bytes))))];
            await using var source = new LedgerStreamSource(parts);
            var options = new BackfillOptions { Network = set.Network(), MemoryBytes = 96L << 20 };
            var job = new BackfillJob(source, database.DataSource, options, NullLoggerFactory.Instance);

            // Made-up ledgers have made-up hashes, and a load tool changed others without theirs: nothing of them becomes visible.
            if (set.Name.StartsWith("made-", StringComparison.Ordinal) || set.Name == "standalone-v23")
            {
                await Assert.ThrowsAnyAsync<LedgerException>(() => job.RunAsync());
                Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM transactions"));
                continue;
            }

            await job.RunAsync();
            loaded++;
            foreach (CopyTable table in HistoryTables.All)
            {
                List<string> stored = await database.RowsAsync(
                    $"SELECT concat_ws(',', {string.Join(", ", table.Columns.Select(HistoryLoadTests.Printed))}) FROM "
                        + $"{table.QualifiedName}");
                Assert.Equal([set.Name, .. set.Expected(table)], [set.Name, .. stored.Order(StringComparer.Ordinal)]);
            }
        }

        Assert.True(loaded > 10, $"{loaded} sets were loaded.");
    }
}
