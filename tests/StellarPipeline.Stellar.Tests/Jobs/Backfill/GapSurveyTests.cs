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

    [SkippableFact]
    public async Task ReadAsync_CountingTakesLongerThanTheStatementTimeoutOfSessions_IsNotCancelled()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(4)), 1000, 1003);
        await using NpgsqlConnection other = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction keeping = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE operations IN ACCESS EXCLUSIVE MODE", other, keeping))
            await command.ExecuteNonQueryAsync();
        await bench.Database.ExecuteAsync($"ALTER DATABASE {bench.Database.Name} SET statement_timeout = '3s'");
        bench.Database.DataSource.Clear();

        Task<GapSurvey> survey = GapSurvey.ReadAsync(bench.Database.DataSource, 1000, 1003);
        await bench.Database.WaitForLockWaitAsync(survey);
        await Task.WhenAny(survey, Task.Delay(TimeSpan.FromSeconds(4)));
        await keeping.RollbackAsync();

        Assert.Equal(LedgerState.Loaded, Assert.Single((await survey).Segments).State);
    }
}
