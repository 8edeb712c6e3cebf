using System.Diagnostics;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <content>COMMIT, and its state until the server has answered.</content>
public sealed partial class LoadTransaction
{
    private static readonly Backoff CommitLooks = Backoff.Steady(TimeSpan.FromSeconds(2));
    private static readonly TimeSpan CommitLookLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Commits and verifies the outcome: the transaction's status is read in the same round trip, and again on a new connection if this one
    /// is lost.
    /// </summary>
    /// <remarks>
    /// There is deliberately no token: a COMMIT cancelled midway has an unknown outcome. There is no time-out either, because deferred
    /// constraints are checked here.
    /// </remarks>
    /// <returns>How the commit was confirmed.</returns>
    /// <exception cref="DatabaseException">The transaction had failed before, was rolled back by the server, or its outcome could not be
    /// determined; the message tells which.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended, or sent rows were not confirmed by
    /// <see cref="Load.Writers.CopySink.CompleteAsync"/>.</exception>
    public async Task<CommitOutcome> CommitAsync()
    {
        ThrowIfNotUsable();
        if (AwaitsConfirmation)
            DatabaseThrow.NotConfirmed();
        options.CommitWatch?.Sent(new CommitInFlight(Server, BackendProcessId, TransactionId));
        using var stop = new CancellationTokenSource();
        Task watching = TellWhatCommitWaitsForAsync(stop.Token);
        using Activity? activity = PostgresTelemetry.StartCommit();
        CommitOutcome? known = null;
        Exception? failed = null;
        try
        {
            CommitOutcome outcome = await SendCommitAsync().ConfigureAwait(false);
            known = outcome;
            return outcome;
        }
        catch (Exception error)
        {
            failed = error;
            Telemetry.Fail(activity, error);
            throw;
        }
        finally
        {
            PostgresTelemetry.CountCommit(known, failed, writtenRows);
            options.CommitWatch?.Ended(known is not null);
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// If COMMIT takes long, asks on another connection what the server waits for. Best effort: a failed query does not fail the load.
    /// </summary>
    private async Task TellWhatCommitWaitsForAsync(CancellationToken cancellationToken)
    {
        if (options.CommitWaits is not { } tell)
            return;
        string? told = null;
        try
        {
            await Task.Delay(options.CommitPatience, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                string found = await CommitWaitAsync(cancellationToken).ConfigureAwait(false);
                if (found != told)
                    tell($"COMMIT of transaction {TransactionId} on {Server} was sent and takes long: {found}");
                told = found;
                await CommitLooks.WaitAsync(1, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The answer has arrived.
        }
    }

    private async Task<string> CommitWaitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CommitLookLimit);
        try
        {
            NpgsqlConnection other = await dataSource.OpenConnectionAsync(limit.Token).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                var command = new NpgsqlBatchCommand(
                    $"SELECT CASE WHEN state = 'active' THEN coalesce(wait_event_type || ' ' || wait_event, '') ELSE 'state ' || state "
                        + $"END FROM pg_stat_activity WHERE {ServerSession.IsItSql}");
                command.Parameters.AddRange(Session!.Parameters);
                return WaitText.Of(
                    BackendProcessId, await PinnedPath.ScalarAsync(other, command, limit.Token).ConfigureAwait(false) as string);
            }
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or IOException or InvalidOperationException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return "the server cannot be asked on another connection at the moment.";
        }
    }
}
