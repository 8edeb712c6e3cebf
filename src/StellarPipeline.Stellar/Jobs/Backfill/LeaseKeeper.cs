using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Renews the leases of a run while it works, and releases them at its end.</summary>
/// <remarks>
/// Best effort: a renewal that fails is tried again. If the lease expires and another process takes it, the batch's own transaction
/// notices.
/// </remarks>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private const int RenewalsPerLease = 3;
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);

    private readonly LeaseStore leases;
    private readonly CancellationTokenSource stop = new();
    private readonly Task renewing;

    public LeaseKeeper(LeaseStore leases, TimeSpan duration)
    {
        this.leases = leases;
        renewing = RenewAsync(Backoff.Steady(duration / RenewalsPerLease));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
        stop.Dispose();
        using var limit = new CancellationTokenSource(ReleaseLimit);
        await TryAsync(() => leases.ReleaseAsync(limit.Token)).ConfigureAwait(false);
    }

    private async Task RenewAsync(Backoff pauses)
    {
        try
        {
            while (true)
            {
                await pauses.WaitAsync(1, stop.Token).ConfigureAwait(false);
                await TryAsync(() => leases.RenewAsync(stop.Token)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is DatabaseException || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // Leases expire by themselves.
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // At the end of a run, an error with leases is no failure of the run.
        }
    }
}
