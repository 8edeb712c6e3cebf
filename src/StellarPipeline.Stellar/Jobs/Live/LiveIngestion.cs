using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live.Tokens;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Follows the network: reads, proves, decodes and stores the ledgers after the one in the tables, in transactions.</summary>
/// <remarks>
/// Three stages run at the same time: fetch, derive (on several workers), and store (in the order of the ledgers). A reader of the database
/// sees the state and history either before a ledger or after it. When the tip is far ahead, a transaction may store several ledgers. An
/// instance runs once.
/// </remarks>
/// <param name="source">Where ledgers are read; the caller owns it.</param>
/// <param name="database">Where rows are written; the caller owns it.</param>
/// <param name="network">The network.</param>
/// <param name="options">The options of the run.</param>
/// <param name="loggers">Where the run logs.</param>
public sealed class LiveIngestion(
    ILedgerSource source, LivePool database, StellarNetwork network, LiveOptions options, ILoggerFactory loggers)
{
    // Ledgers ready for the database: enough to fill a transaction of several ledgers.
    private const int ReadyLedgers = 256;
    private const int WaitingLedgers = 16;

    private readonly ILogger logger = loggers.CreateLogger<LiveIngestion>();
    private readonly PagePool pages = new();
    private readonly ByteBudget budget = new(options.BytesInFlight);
    private readonly TipDistance tip = new(source as ITipSource);
    private LedgerChain chain = new();
    private LiveTally? tally;

    private LiveTally Tally => tally ??= new LiveTally(logger, tip);

    /// <summary>How far the run is. Safe to read from any thread.</summary>
    public LiveStatus Status => Tally.Status;

    /// <summary>Runs until <see cref="LiveOptions.To"/>, the end of the source, or a stop.</summary>
    /// <param name="stopping">Stops the run after the present transaction.</param>
    /// <param name="cancellationToken">Stops the run at once; an open transaction is rolled back.</param>
    /// <returns>What was stored.</returns>
    /// <exception cref="PipelineException">The run failed. The ledgers stored before stay.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task<LiveReport> RunAsync(CancellationToken stopping = default, CancellationToken cancellationToken = default)
    {
        options.Validate();
        return StellarTelemetry.RunAsync("live", () => FollowAsync(stopping, cancellationToken));
    }

    private async Task<LiveReport> FollowAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        TimeSpan? preparation = null;
        NpgsqlDataSource connections = database.DataSource;
        var writerLock = new WriterLock(connections, network, options.StandBy, loggers.CreateLogger<WriterLock>());
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
                    connections, [.. WalletSchema.Migrations, HistorySchema.Migrations, LiveSchema.Migrations],
                    new MigrationRunnerOptions(),
                    loggers.CreateLogger<MigrationRunner>());
                await attempts.RunAsync((_, token) => migrations.UpAsync(cancellationToken: token), cancellationToken).ConfigureAwait(
                    false);
            }

            IReadOnlyList<IProjection<LedgerView>> projections = LiveProjections.Create(network, options);
            (LoadPlan plan, StartPoint start) = await attempts.RunAsync(async (_, token) =>
            {
                LoadPlan made =
                    await LoadPlan.CreateAsync(connections, LiveProjections.Request(projections), null, token).ConfigureAwait(false);
                made.ThrowIfRefused();
                return (made, await StartPoint.ReadAsync(connections, token).ConfigureAwait(false));
            }, cancellationToken).ConfigureAwait(false);
            if (options.To is { } to && to <= start.Latest) throw LiveThrow.NothingToDo(start.Latest, to);
            if (start.Mark is { } mark)
                chain = new LedgerChain([new LedgerAnchor(mark.Ledger, mark.Hash, "the last ledger in the database")]);
            StellarLog.LiveBegins(
                logger, start.Latest + 1, source.Location, start.Mark is null ? "not known" : start.Mark.Value.Hash.ToString());
            using var projector = new LedgerProjector(network, projections, pages) { AllowNewerProtocol = options.AllowNewerProtocol };
            Tally.Begin(start.Latest);
            TokenAnswers? answers = options.Contracts is { } reader ? new TokenAnswers(reader) : null;
            var tokens = new NewTokens(connections, answers, options.ContractPatience, logger) { HasPendingTable = start.HasPendingTokens };
            PendingTokens? pending = answers is not null && start.HasPendingTokens ? new PendingTokens(connections, answers, logger) : null;
            var commit = new LedgerCommit(plan, network, options, new KnownCodes(connections, pages), start.ChannelAccounts, tokens);
            using var asking = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
            Task completing = pending?.RunAsync(asking.Token) ?? Task.CompletedTask;
            preparation = Stopwatch.GetElapsedTime(began);
            try
            {
                await PipelineAsync(
                    new LedgerRange(start.Latest + 1, options.To), projector, commit, writerLock, stopping, cancellationToken)
                    .ConfigureAwait(false);
            }
            finally
            {
                await asking.CancelAsync().ConfigureAwait(false);
                await completing.ConfigureAwait(false);
            }

            // If the source has ended, ask the pending contracts once more.
            if (pending is not null && !stopping.IsCancellationRequested) await pending.PassAsync(cancellationToken).ConfigureAwait(false);
            return Report();
        }

        LiveReport Report() => Tally.Report(Stopwatch.GetElapsedTime(began), preparation);
    }

    /// <summary>The three stages: fetch and derive are a graph that ends in a queue; store takes ready ledgers from it.</summary>
    private async Task PipelineAsync(
        LedgerRange range, LedgerProjector projector, LedgerCommit commit, WriterLock writerLock,
        CancellationToken stopping, CancellationToken cancellationToken)
    {
        // One writer, one reader. The budget bounds the memory.
        var ready = Channel.CreateBounded<LedgerWork>(new BoundedChannelOptions(ReadyLedgers) { SingleReader = true, SingleWriter = true });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopping, ending.Token);
        // This graph usually waits: for the next ledger, or for the database.
        using var graph =
            new StageGraph(new StageGraphOptions { StallLimit = Timeout.InfiniteTimeSpan }, budget, loggers.CreateLogger<StageGraph>());
        StageOutput<LedgerWork> fetch =
            graph.AddSource<LedgerWork>("fetch", (output, token) => FetchAsync(range, output, reading.Token, stopping, token));
        (StageInput<LedgerWork> Input, StageOutput<LedgerWork> Output) derive = graph.AddTransform<LedgerWork, LedgerWork>(
            "derive", options.Workers + WaitingLedgers, options.Workers, async (work, _, token) =>
            {
                long began = Stopwatch.GetTimestamp();
                await work.ProjectAsync(projector, budget, token).ConfigureAwait(false);
                StellarTelemetry.CountLiveStep("derive", Stopwatch.GetElapsedTime(began));
                return work;
            });
        StageInput<LedgerWork> end = graph.AddSink<LedgerWork>(
            "order", 1, async (work, _, token) => await HandOnAsync(ready.Writer, work, token).ConfigureAwait(false));
        graph.Link(fetch, derive.Input);
        graph.Link(derive.Output, end);

        Task deriving = CompleteAsync(graph.RunAsync(ending.Token), ready.Writer);
        try
        {
            var next = new NextLedgers(() => stopping.IsCancellationRequested ? null : TakeGroup(ready.Reader), commit, logger);
            await using (next.ConfigureAwait(false))
            {
                var store = new LedgerStorage(
                    projector, commit, writerLock, Attempts("the transaction of a ledger", stopping), Tally, next);
                await StoreAllAsync(ready.Reader, store, next, stopping, cancellationToken).ConfigureAwait(false);
            }

            await ending.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await deriving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            StellarLog.LiveEnds(logger, Tally.Last ?? 0, error.Message);
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
            long began = Stopwatch.GetTimestamp();
            await foreach (LedgerBuffer ledger in source.ReadAsync(range, reading).ConfigureAwait(false))
            {
                StellarTelemetry.CountLiveStep("fetch", Stopwatch.GetElapsedTime(began));
                if (token.IsCancellationRequested || stopping.IsCancellationRequested)
                {
                    ledger.Dispose();
                    return;
                }

                await output.SendAsync(new LedgerWork(ledger, budget)).ConfigureAwait(false);
                began = Stopwatch.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !token.IsCancellationRequested)
        {
            // The run should stop: no further ledgers are read.
        }
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
        ChannelReader<LedgerWork> ready, LedgerStorage store, NextLedgers next, CancellationToken stopping,
        CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        while (!stopping.IsCancellationRequested)
        {
            IReadOnlyList<LedgerWork>? group = next.TakeLedgers();
            if (group is null)
            {
                if (!await IsNextReadyAsync(ready, waiting.Token, cancellationToken).ConfigureAwait(false)) break;
                group = TakeGroup(ready)!;
            }

            try
            {
                foreach (LedgerWork ledger in group) chain.Join(ledger.Link, ledger.Source);
                await store.StoreAsync(group, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                foreach (LedgerWork ledger in group) ledger.Dispose();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // After a request to stop there are no further attempts.
    private RunAttempts Attempts(string work, CancellationToken stopping) => new(
        new RunAttemptsOptions
        {
            Attempts = options.Attempts,
            Backoff = options.Backoff,
            IsPassing = error =>
            {
                bool again = !stopping.IsCancellationRequested && LiveFailure.Passes(error);
                StellarTelemetry.CountLiveError(error, again);
                return again;
            },
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

    /// <summary>
    /// Takes the next ledger. While the tip is far ahead, also takes the ledgers after it that are ready. Null if none is ready.
    /// </summary>
    private List<LedgerWork>? TakeGroup(ChannelReader<LedgerWork> ready)
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

        return group.Count > 0 ? group : null;
    }
}
