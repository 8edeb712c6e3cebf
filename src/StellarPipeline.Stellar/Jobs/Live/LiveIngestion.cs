using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// Follows the network: each ledger after the one in the tables is read, proved, decoded and stored, one transaction each.
/// </summary>
/// <remarks>
/// Three stages work at the same time: fetch, derive on several workers, store in the order of the ledgers. A reader of the database sees
/// the state after a ledger, with its history, or that before it. One instance makes one run.
/// </remarks>
/// <param name="source">Where ledgers are read; the caller owns it.</param>
/// <param name="database">Where rows go; the caller owns it.</param>
/// <param name="network">The network.</param>
/// <param name="options">How it is followed.</param>
/// <param name="loggers">Where it is told what is done.</param>
public sealed class LiveIngestion(
    ILedgerSource source, NpgsqlDataSource database, StellarNetwork network, LiveOptions options, ILoggerFactory loggers)
{
    // Ledgers that are ready for the database: enough to fill a transaction of several.
    private const int ReadyLedgers = 256;
    private const int WaitingLedgers = 16;

    private readonly ILogger logger = loggers.CreateLogger<LiveIngestion>();
    private readonly PagePool pages = new();
    private readonly ByteBudget budget = new(options.BytesInFlight);
    private readonly ByteBudget again = new(long.MaxValue);
    private readonly TipDistance tip = new(source as ITipSource);
    private LedgerChain chain = new();
    private long ledgers;
    private long transactions;
    private long operations;
    private long commits;
    private uint? first;
    private uint? last;

    /// <summary>Runs until the last ledger that was asked for, the end of the source, or a stop.</summary>
    /// <param name="stopping">Ends the run after the ledger at hand.</param>
    /// <param name="cancellationToken">Ends the run at once; an open transaction is rolled back.</param>
    /// <returns>What was stored.</returns>
    /// <exception cref="PipelineException">Why it ended; the ledgers before are stored.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task<LiveReport> RunAsync(CancellationToken stopping = default, CancellationToken cancellationToken = default)
    {
        options.Validate();
        return StellarTelemetry.RunAsync("live", () => FollowAsync(stopping, cancellationToken));
    }

    private async Task<LiveReport> FollowAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        var writerLock = new WriterLock(database, network, options.StandBy, loggers.CreateLogger<WriterLock>());
        await using (writerLock.ConfigureAwait(false))
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
            RunAttempts attempts = Attempts("the start", stopping);
            try
            {
                await attempts.RunAsync(async (_, token) =>
                {
                    await writerLock.TakeAsync(token).ConfigureAwait(false);
                    return true;
                }, waiting.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return Report();
            }

            if (options.Migrate)
            {
                var migrations = new MigrationRunner(
                    database, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
                    loggers.CreateLogger<MigrationRunner>());
                await attempts.RunAsync((_, token) => migrations.UpAsync(cancellationToken: token), cancellationToken).ConfigureAwait(
                    false);
            }

            IReadOnlyList<IProjection<LedgerView>> projections = LiveProjections.Create(network, options);
            (LoadPlan plan, StartPoint start) = await attempts.RunAsync(async (_, token) =>
            {
                LoadPlan made =
                    await LoadPlan.CreateAsync(database, LiveProjections.Request(projections), null, token).ConfigureAwait(false);
                made.ThrowIfRefused();
                return (made, await StartPoint.ReadAsync(database, token).ConfigureAwait(false));
            }, cancellationToken).ConfigureAwait(false);
            if (options.To is { } to && to <= start.Latest) throw LiveThrow.NothingToDo(start.Latest, to);
            if (start.Mark is { } mark)
                chain = new LedgerChain([new LedgerAnchor(mark.Ledger, mark.Hash, "the last ledger in the database")]);
            StellarLog.LiveBegins(
                logger, start.Latest + 1, source.Location, start.Mark is null ? "not known" : start.Mark.Value.Hash.ToString());
            using var projector = new LedgerProjector(network, projections, pages) { AllowNewerProtocol = options.AllowNewerProtocol };
            var commit = new LedgerCommit(plan, network, options, new KnownCodes(database, pages), start.ChannelAccounts);
            await PipelineAsync(new LedgerRange(start.Latest + 1, options.To), projector, commit, writerLock, stopping, cancellationToken)
                .ConfigureAwait(false);
            return Report();
        }

        LiveReport Report() => new(first, last, ledgers, transactions, operations, commits, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>The three stages: fetch and derive are a graph, whose end is a queue; store takes from it what is ready.</summary>
    private async Task PipelineAsync(
        LedgerRange range, LedgerProjector projector, LedgerCommit commit, WriterLock writerLock, CancellationToken stopping,
        CancellationToken cancellationToken)
    {
        // One writer, one reader. Memory is bounded by the budget.
        var ready = Channel.CreateBounded<LedgerWork>(new BoundedChannelOptions(ReadyLedgers) { SingleReader = true, SingleWriter = true });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopping, ending.Token);
        // Waiting is the normal state of this graph: for the next ledger, and for the database.
        using var graph =
            new StageGraph(new StageGraphOptions { StallLimit = Timeout.InfiniteTimeSpan }, budget, loggers.CreateLogger<StageGraph>());
        StageOutput<LedgerWork> fetch =
            graph.AddSource<LedgerWork>("fetch", (output, token) => FetchAsync(range, output, reading.Token, stopping, token));
        (StageInput<LedgerWork> Input, StageOutput<LedgerWork> Output) derive = graph.AddTransform<LedgerWork, LedgerWork>(
            "derive", options.Workers + WaitingLedgers, options.Workers, async (work, _, token) =>
            {
                await ProjectAsync(work, projector, budget, token).ConfigureAwait(false);
                return work;
            });
        StageInput<LedgerWork> end = graph.AddSink<LedgerWork>(
            "order", 1, async (work, _, token) => await HandOnAsync(ready.Writer, work, token).ConfigureAwait(false));
        graph.Link(fetch, derive.Input);
        graph.Link(derive.Output, end);

        Task deriving = CompleteAsync(graph.RunAsync(ending.Token), ready.Writer);
        try
        {
            await StoreAllAsync(ready.Reader, projector, commit, writerLock, stopping, cancellationToken).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await deriving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            StellarLog.LiveEnds(logger, last ?? 0, error.Message);
            throw;
        }
        finally
        {
            await deriving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (ready.Reader.TryRead(out LedgerWork? left)) left.Dispose();
        }
    }

    private async Task FetchAsync(
        LedgerRange range, StageOutput<LedgerWork> output, CancellationToken reading, CancellationToken stopping, CancellationToken token)
    {
        try
        {
            await foreach (LedgerBuffer ledger in source.ReadAsync(range, reading).ConfigureAwait(false))
            {
                if (token.IsCancellationRequested || stopping.IsCancellationRequested)
                {
                    ledger.Dispose();
                    return;
                }

                await output.SendAsync(new LedgerWork(ledger, budget)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !token.IsCancellationRequested)
        {
            // Asked to end: what was read is stored or not, nothing more is read.
        }
    }

    private static async ValueTask ProjectAsync(LedgerWork work, LedgerProjector projector, ByteBudget room, CancellationToken token)
    {
        LedgerBytes bytes = await LedgerBytes.RentAsync(room, work.Source.Length, work.Source.Location, token).ConfigureAwait(false);
        work.Source.Span.CopyTo(bytes.Memory.Span);
        work.Take(projector.Project(bytes, anchors: []));
    }

    private static async Task HandOnAsync(ChannelWriter<LedgerWork> ready, LedgerWork work, CancellationToken token)
    {
        try
        {
            await ready.WriteAsync(work, token).ConfigureAwait(false);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    private static async Task CompleteAsync(Task graph, ChannelWriter<LedgerWork> ready)
    {
        await graph.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ready.TryComplete(graph.Exception?.InnerException);
        if (graph.IsCanceled) ready.TryComplete();
    }

    private async Task StoreAllAsync(
        ChannelReader<LedgerWork> ready, LedgerProjector projector, LedgerCommit commit, WriterLock writerLock, CancellationToken stopping,
        CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        RunAttempts attempts = Attempts("the transaction of a ledger", stopping);
        while (!stopping.IsCancellationRequested && await IsNextReadyAsync(ready, waiting.Token, cancellationToken).ConfigureAwait(false))
        {
            List<LedgerWork> group = TakeGroup(ready);
            try
            {
                foreach (LedgerWork ledger in group) chain.Join(ledger.Link, ledger.Source);
                await StoreAsync(group, projector, commit, writerLock, attempts, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                foreach (LedgerWork ledger in group) ledger.Dispose();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // Who was asked to stop does not try again.
    private RunAttempts Attempts(string work, CancellationToken stopping) => new(
        new RunAttemptsOptions
        {
            Attempts = options.Attempts,
            Backoff = options.Backoff,
            IsPassing = error => !stopping.IsCancellationRequested && LiveFailure.Passes(error),
            Work = work,
            Consequence = "Nothing of it was stored.",
        },
        logger);

    private static async Task<bool> IsNextReadyAsync(
        ChannelReader<LedgerWork> ready, CancellationToken waiting, CancellationToken cancellationToken)
    {
        try
        {
            return await ready.WaitToReadAsync(waiting).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Takes the next ledger, and while the tip is far those behind it that are ready.</summary>
    private List<LedgerWork> TakeGroup(ChannelReader<LedgerWork> ready)
    {
        var group = new List<LedgerWork>();
        long bytes = 0;
        while (ready.TryPeek(out LedgerWork? next))
        {
            bool isFar = tip.Of(next.Facts) >= options.CatchUpThreshold;
            if (group.Count > 0 && (!isFar || bytes + next.RowBytes > options.CatchUpBytes)) break;
            if (!ready.TryRead(out next)) break;
            group.Add(next);
            bytes += next.RowBytes;
            if (!isFar) break;
        }

        return group;
    }

    private async Task StoreAsync(
        List<LedgerWork> group, LedgerProjector projector, LedgerCommit commit, WriterLock writerLock, RunAttempts attempts,
        CancellationToken cancellationToken)
    {
        try
        {
            CommitReport? report = await attempts.RunAsync(async (number, token) =>
            {
                await writerLock.EnsureAsync(token).ConfigureAwait(false);
                // A transaction that failed has used up the pages.
                foreach (LedgerWork ledger in group.Where(static ledger => !ledger.HasRows))
                    await ProjectAsync(ledger, projector, again, token).ConfigureAwait(false);
                return await commit.StoreAsync(group, token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            Count(group, report);
        }
        catch (Exception error) when (error is DatabaseException or LoadRefusedException && !LiveFailure.Passes(error))
        {
            if (group.Count == 1) throw LiveThrow.Refused(group[0].Facts.Ledger, error);
            // One by one: those before the one that is refused are stored, and it is named.
            foreach (LedgerWork ledger in group)
                await StoreAsync([ledger], projector, commit, writerLock, attempts, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Count(List<LedgerWork> group, CommitReport? report)
    {
        first ??= group[0].Facts.Ledger;
        last = group[^1].Facts.Ledger;
        ledgers += group.Count;
        commits++;
        transactions += group.Sum(static ledger => (long)ledger.Facts.TransactionHashes.Count);
        operations += group.Sum(static ledger => (long)ledger.Facts.Operations);
        tip.Stored(group[^1].Facts);
        if (report is null) StellarLog.LiveFoundOut(logger, group[0].Facts.Ledger, last.Value);
        else Tell(report);
    }

    private void Tell(CommitReport report)
    {
        StellarTelemetry.CountLive(report, DateTimeOffset.UtcNow - report.ClosedAt);
        StellarLog.LiveStored(logger, report.First, report.Last, report.Transactions, report.Operations, report.Describe());
    }
}
