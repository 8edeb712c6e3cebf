using System.Diagnostics;
using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tests.Load;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests;

/// <summary>What a load tells those who listen: names, units, tags and values.</summary>
/// <remarks>Not beside other tests that listen: one of these tests is about nobody listening.</remarks>
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests
{
    private const string TableTag = "db.collection.name";

    private readonly PagePool pool = new();

    [SkippableFact]
    public async Task CommitAsync_ALoadOfTwoTables_IsCountedByTable()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p)");
        RowPage parents = StageLoad.Page(pool, StageLoad.Parent, 1, 2, 3), children = StageLoad.Page(pool, StageLoad.Child, 1, 2);
        (long parentBytes, long childBytes) = (parents.ByteCount, children.ByteCount);
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        await StageLoad.LoadAsync(database.DataSource, null, parents, children);

        Assert.Equal(3, telemetry.Sum("pipeline.sink.rows", (TableTag, "p")));
        Assert.Equal(2, telemetry.Sum("pipeline.sink.rows", (TableTag, "c")));
        Assert.Equal(parentBytes, telemetry.Sum("pipeline.sink.io", (TableTag, "p")));
        Assert.Equal(childBytes, telemetry.Sum("pipeline.sink.io", (TableTag, "c")));
        Assert.Equal(1, telemetry.Sum("pipeline.sink.batches", (TableTag, "p")));
        Assert.Equal(1, telemetry.Sum("pipeline.sink.commits", ("outcome", "answered")));
        Assert.Equal(2, telemetry.Of("pipeline.sink.copy.duration").Count);
        Assert.NotEmpty(telemetry.Of("pipeline.sink.lock.wait"));
        Assert.Equal(
            ["pipeline.sink.batches {batch}", "pipeline.sink.commits {commit}", "pipeline.sink.copy.duration s", "pipeline.sink.io By",
                "pipeline.sink.lock.wait s", "pipeline.sink.rows {row}"],
            telemetry.Measurements.Select(one => $"{one.Instrument} {one.Unit}").Distinct().Order());
        Assert.All(telemetry.Measurements, one => Assert.Subset(new HashSet<string> { TableTag, "outcome" }, one.Tags.Keys.ToHashSet()));
    }

    [SkippableFact]
    public async Task CommitAsync_ALoad_HasActivitiesOfPhasesBatchesAndCommit()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY)");
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        await StageLoad.LoadAsync(database.DataSource, null, StageLoad.Page(pool, StageLoad.Parent, 1, 2, 3));

        Assert.Equal(
            ["open", "preflight", "load", "foreign keys", "commit"],
            telemetry.Activities.Where(activity => activity.OperationName == "pipeline.phase").Select(
                activity => activity.GetTagItem("pipeline.phase.name")));
        Activity batch = Assert.Single(telemetry.Activities, activity => activity.OperationName == "pipeline.batch");
        Assert.Equal(("p", 3L), (batch.GetTagItem(TableTag), Convert.ToInt64(batch.GetTagItem("pipeline.batch.rows"), null)));
        Activity commit = Assert.Single(telemetry.Activities, activity => activity.OperationName == "pipeline.commit");
        Assert.Equal((ActivityKind.Client, ActivityStatusCode.Unset), (commit.Kind, commit.Status));
    }

    [SkippableFact]
    public async Task CommitAsync_ARefusedBatch_CountsNoRowsAndNamesTheState()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE p (id int PRIMARY KEY)");
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);

        await Assert.ThrowsAsync<DatabaseException>(
            () => StageLoad.LoadAsync(database.DataSource, null, StageLoad.Page(pool, StageLoad.Parent, 1, 1)));

        Assert.Empty(telemetry.Of("pipeline.sink.rows"));
        Assert.Empty(telemetry.Of("pipeline.sink.batches"));
        Assert.Empty(telemetry.Of("pipeline.sink.commits"));
        Assert.Single(telemetry.Of("pipeline.sink.copy.duration", (TableTag, "p"), ("error.type", PostgresErrorCodes.UniqueViolation)));
        Activity batch = Assert.Single(telemetry.Activities, activity => activity.OperationName == "pipeline.batch");
        Assert.Equal(ActivityStatusCode.Error, batch.Status);
    }

    [SkippableFact]
    public async Task CommitAsync_ConstraintThatFailsThere_IsAFailedCommitWithoutRows()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE item (id bigint, name text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)");
        using var telemetry = new TelemetryRecorder(PostgresTelemetry.Name);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await new CopySink(load).CopyAsync(TestRows.Batch(pool, (1, 2), (1, 1)));

        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.Equal(1, telemetry.Sum("pipeline.sink.commits", ("outcome", "failed")));
        Assert.Empty(telemetry.Of("pipeline.sink.rows"));
    }

    [Fact]
    public void CountAndStart_NobodyListens_AllocatesNothing()
    {
        using RowBatch batch = TestRows.Batch(pool, (1, 1));
        var error = new InvalidOperationException();
        var rows = new Dictionary<CopyTable, long> { [TestRows.Table] = 1 };

        Assert.Equal(0, Allocations.Fewest(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                PostgresTelemetry.StartBatch(batch)?.Dispose();
                PostgresTelemetry.CountBatch(batch, TimeSpan.Zero);
                PostgresTelemetry.CountFailedBatch(batch, TimeSpan.Zero, error);
                PostgresTelemetry.CountCommit(CommitOutcome.Answered, null, rows);
                PostgresTelemetry.CountLockWait(0, null);
                PostgresTelemetry.StartPhase("load")?.Dispose();
            }
        }));
    }
}
