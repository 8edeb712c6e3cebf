using System.Runtime.CompilerServices;
using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A batch of a stream: ledgers in memory. Disposing it releases the ledgers that were not taken.</summary>
/// <param name="lease">The lease of the ledgers.</param>
/// <param name="ledgers">The ledgers, in order.</param>
internal sealed class StreamBatch(BatchLease lease, IReadOnlyList<LedgerBuffer> ledgers) : IDisposable
{
    /// <summary>The lease of the ledgers.</summary>
    public BatchLease Lease => lease;

    /// <summary>Hands over the ledgers, once.</summary>
#pragma warning disable CS1998 // They are in memory; sources have this signature.
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
