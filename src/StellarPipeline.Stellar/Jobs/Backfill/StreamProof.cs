using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// What a first reading of a file proved by a trusted hash, so that the second one can load it from its beginning: a ledger's hash vouches
/// for those before it only.
/// </summary>
/// <remarks>Memory: some 50 bytes for each ledger up to the trusted one.</remarks>
internal sealed class StreamProof
{
    private readonly Dictionary<uint, Hash256> hashes = [];
    private LedgerAnchor? anchor;

    /// <summary>Reads a source up to the last trusted ledger.</summary>
    /// <returns>What was proved; null where no trusted ledger is in the range.</returns>
    /// <exception cref="LedgerException">A ledger is damaged or missing, or the trusted hash is another one.</exception>
    public static async Task<StreamProof?> MakeAsync(ILedgerSource source, BackfillOptions options, CancellationToken cancellationToken)
    {
        uint last = options.Trusted.Select(trusted => trusted.Ledger).DefaultIfEmpty().Max();
        if (last == 0 || last < options.From) return null;
        var proof = new StreamProof();
        var prover = new LedgerProver(options.Network.Id, options.Trusted)
        {
            Workers = options.Workers,
            AllowNewerProtocol = options.AllowNewerProtocol,
            LedgerRead = proof.Add,
        };
        LedgerProof? proved =
            await prover.ProveAsync(source, new LedgerRange(options.From, last), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        proof.anchor = proved?.Anchor;
        return proof;
    }

    /// <summary>What a ledger must hash to; null for one that the trusted hash does not reach.</summary>
    public LedgerAnchor? At(uint ledger) =>
        anchor is not null && ledger <= anchor.Ledger && hashes.TryGetValue(ledger, out Hash256 hash)
            ? new LedgerAnchor(ledger, hash, anchor.Origin)
            : null;

    // From several workers, in no order.
    private void Add(uint ledger, Hash256 hash)
    {
        lock (hashes) hashes[ledger] = hash;
    }
}
