using System.Runtime.CompilerServices;
using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A batch of a stream: ledgers in memory. Disposing gives back what was not taken.</summary>
/// <param name="lease">The right to load them.</param>
/// <param name="ledgers">The ledgers, in order.</param>
internal sealed class StreamBatch(BatchLease lease, IReadOnlyList<LedgerBuffer> ledgers) : IDisposable
{
    /// <summary>The right to load them.</summary>
    public BatchLease Lease => lease;

    /// <summary>Gives the ledgers away, once.</summary>
#pragma warning disable CS1998 // They are in memory; the form is that of sources.
    public async IAsyncEnumerable<LedgerBuffer> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
#pragma warning restore CS1998
    {
        foreach (LedgerBuffer ledger in ledgers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return ledger;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LedgerBuffer ledger in ledgers) ledger.Dispose();
    }
}
