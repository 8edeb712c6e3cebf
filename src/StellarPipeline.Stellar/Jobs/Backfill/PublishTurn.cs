namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The turn of one batch to move its tables into place. Disposing it ends the turn. For one caller at a time.</summary>
internal sealed class PublishTurn(SemaphoreSlim turns) : IDisposable
{
    private bool isTaken;

    /// <summary>Waits for the turn.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        if (isTaken) return;
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        isTaken = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isTaken) return;
        isTaken = false;
        turns.Release();
    }
}
