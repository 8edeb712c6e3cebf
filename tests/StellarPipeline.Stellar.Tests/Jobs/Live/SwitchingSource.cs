using System.Runtime.CompilerServices;
using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>A source during which something happens before one of its ledgers, after which it may give nothing more.</summary>
internal sealed class SwitchingSource(ILedgerSource source, Func<Task> happens) : ILedgerSource, IDisposable
{
    private readonly TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ledgers that come before.</summary>
    public int After { get; init; }

    /// <summary>True gives no ledger from then on, and does not end.</summary>
    public bool ThenWaits { get; init; }

    /// <summary>Ends when it has come to that.</summary>
    public Task Waiting => waiting.Task;

    public string Location => source.Location;

    public async IAsyncEnumerable<LedgerBuffer> ReadAsync(
        LedgerRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int given = 0;
        await foreach (LedgerBuffer ledger in source.ReadAsync(range, cancellationToken))
        {
            if (given++ == After)
            {
                await happens();
                waiting.TrySetResult();
                if (ThenWaits)
                {
                    ledger.Dispose();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
            }

            yield return ledger;
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    public void Dispose()
    {
    }
}
