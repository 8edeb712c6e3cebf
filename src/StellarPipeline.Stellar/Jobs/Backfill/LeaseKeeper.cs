using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Renews the leases of a run while it works, and gives them back at its end.</summary>
/// <remarks>
/// Best effort: a renewal that fails is tried again, and if the lease runs out meanwhile, the batch's own transaction finds that somebody
/// has taken it.
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
            // Leases run out by themselves.
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // At the end of a run nothing that concerns leases is a failure of it.
        }
    }
}
