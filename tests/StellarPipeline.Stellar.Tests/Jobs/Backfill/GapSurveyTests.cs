using Npgsql;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>A survey of a database that others write to while it is read.</summary>
public sealed class GapSurveyTests
{
    [SkippableFact]
    public async Task ReadAsync_BatchCommittedBetweenTwoOfItsQueries_IsNotTorn()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(4));
        await bench.RunAsync(store, 1003, 1003);
        await using NpgsqlConnection other = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction batch = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(
            "LOCK TABLE operations IN ACCESS EXCLUSIVE MODE; "
                + string.Join("; ", HistoryTables.All.Select(table => $"DELETE FROM {table.Name}")), other, batch))
        {
            await command.ExecuteNonQueryAsync();
        }

        // It has counted two tables, and waits for the third.
        Task<GapSurvey> survey = GapSurvey.ReadAsync(bench.Database.DataSource, 1003, 1003);
        await bench.Database.WaitForLockWaitAsync(survey);
        await batch.CommitAsync();

        LedgerSegment before = Assert.Single((await survey).Segments);
        Assert.Equal((LedgerState.Loaded, ""), (before.State, before.Reason));
        Assert.Equal(LedgerState.Torn, Assert.Single((await GapSurvey.ReadAsync(bench.Database.DataSource, 1003, 1003)).Segments).State);
    }
}
