using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// A load is disturbed at each of its moments: it ends in time with a database error, leaves nothing, and the next one is as if nothing had
/// been.
/// </summary>
public sealed class FaultMatrixTests(FaultBench bench) : IClassFixture<FaultBench>
{
    // The closing zero tells the statement from READ COMMITTED.
    private const string Commit = "COMMIT\0";

    /// <summary>The moments of a load, by what the client sends then.</summary>
    private static readonly Dictionary<string, (string Text, int Occurrence)> Moments = new()
    {
        ["begin"] = ("BEGIN", 1),
        ["preparation"] = ("LOCK TABLE", 1),
        ["copy"] = ("PGCOPY", 3),
        ["parents"] = ("COPY \"public\".\"trustline_assets\"", 1),
        ["index rebuild"] = ("CREATE UNIQUE INDEX", 1),
        ["proof"] = ("ANALYZE", 1),
        ["cursors"] = ("INSERT INTO \"public\".\"ingest_store\"", 1),
        ["commit"] = (Commit, 1),
    };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string moment in Moments.Keys)
        {
            cases.Add(moment, "cut");
            cases.Add(moment, "terminate");
        }

        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task RunAsync_DisturbedAtAMoment_IsADatabaseErrorAndLeavesNothing(string moment, string fault)
    {
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When(Moments[moment].Text, async () =>
        {
            if (fault == "cut") return WireFate.CutBefore;
            await bench.Database.TerminateSessionsAsync($"application_name LIKE '{FaultBench.LoaderName}%'");
            return WireFate.Forward;
        }, Moments[moment].Occurrence);
        PipelineException error =
            await Assert.ThrowsAnyAsync<PipelineException>(() => bench.LoadAsync(proxy.ConnectionString, OptionsFor(moment)));
        Assert.Equal(1, proxy.Hits);
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.True(TransientFailure.Is(error), error.ToString());
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        await bench.AssertNothingRemainsAndTheNextLoadWorksAsync();
    }

    [SkippableTheory]
    [InlineData("begin")]
    [InlineData("copy")]
    [InlineData("proof")]
    [InlineData("commit")]
    public async Task RunAsync_DisturbedAndMoreAttemptsAllowed_LoadsInTheSecond(string moment)
    {
        await bench.Database.ExecuteAsync("TRUNCATE native_balances CASCADE");
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When(Moments[moment].Text, WireFate.CutBefore, Moments[moment].Occurrence);
        PopulateReport report = await bench.LoadAsync(proxy.ConnectionString, OptionsFor(moment), attempts: 3);
        Assert.Equal(2, report.Attempts);
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(bench.Database.DataSource));
    }

    [SkippableFact]
    public async Task RunAsync_ConnectionLostWithoutTheServerNoticing_TheNextAttemptEndsTheOldSession()
    {
        await bench.Database.ExecuteAsync("TRUNCATE native_balances CASCADE");
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When("PGCOPY", WireFate.CutClientOnly, 3);
        PopulateReport report = await bench.LoadAsync(proxy.ConnectionString, OptionsFor("copy"), attempts: 3);
        Assert.Equal(2, report.Attempts);
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(bench.Database.DataSource));
        await bench.AssertNoSessionsAsync();
    }

    [SkippableFact]
    public async Task RunAsync_AnswerOfCommitIsLost_FindsOutThatItIsCommitted()
    {
        await bench.Database.ExecuteAsync("TRUNCATE native_balances CASCADE");
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When(Commit, WireFate.CutAfter);
        PopulateReport report = await bench.LoadAsync(proxy.ConnectionString, OptionsFor("commit"), attempts: 3);
        Assert.Equal(1, report.Attempts);
        Assert.Single(report.Remarks, remark => remark.Contains("is committed, so the load is complete", StringComparison.Ordinal));
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(bench.Database.DataSource));
    }

    [SkippableFact]
    public async Task RunAsync_AnswerOfCommitIsLostAndNobodyCanBeAsked_SaysThatTheOutcomeIsUnknownAndDoesNotTryAgain()
    {
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When(Commit, () =>
        {
            proxy.RefuseConnections();
            return Task.FromResult(WireFate.CutAfter);
        });
        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(
                () => bench.LoadAsync(
                    proxy.ConnectionString, OptionsFor("commit") with { CommitProbeLimit = TimeSpan.FromMilliseconds(300) }, attempts: 3));
        Assert.True(error.OutcomeIsUnknown);
        Assert.Contains("pg_xact_status", error.Message, StringComparison.Ordinal);
        await bench.AssertNothingRemainsAndTheNextLoadWorksAsync();
    }

    [SkippableTheory]
    [InlineData("preparation")]
    [InlineData("copy")]
    [InlineData("index rebuild")]
    [InlineData("proof")]
    public async Task RunAsync_CancelledAtAMoment_LeavesNothingOnTheServer(string moment)
    {
        using var cancellation = new CancellationTokenSource();
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        proxy.When(Moments[moment].Text, async () =>
        {
            await cancellation.CancelAsync();
            return WireFate.Forward;
        }, Moments[moment].Occurrence);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bench.LoadAsync(proxy.ConnectionString, OptionsFor(moment), attempts: 3, cancellationToken: cancellation.Token));
        Assert.Equal(1, proxy.Hits);
        await bench.AssertNothingRemainsAndTheNextLoadWorksAsync();
    }

    private static PopulateOptions OptionsFor(string moment) => new()
    {
        Replace = true,
        BatchRows = 300,
        IndexRebuild = moment == "index rebuild" ? IndexRebuild.Always : IndexRebuild.Never,
    };
}
