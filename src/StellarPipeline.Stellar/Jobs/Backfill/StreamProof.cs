using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// What a first reading of a file proved with a trusted hash, so that a second reading can load the file from its beginning: the hash of a
/// ledger proves only the ledgers before it.
/// </summary>
/// <remarks>Memory: about 50 bytes for each ledger up to the trusted one.</remarks>
internal sealed class StreamProof
{
    private readonly Dictionary<uint, Hash256> hashes = [];
    private LedgerAnchor? anchor;

    /// <summary>Reads a source up to the last trusted ledger.</summary>
    /// <returns>The proof; null if no trusted ledger is in the range.</returns>
    /// <exception cref="LedgerException">A ledger is damaged or missing, or the trusted hash differs.</exception>
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

    /// <summary>The proved hash of a ledger; null for a ledger that the trusted hash does not prove.</summary>
    public LedgerAnchor? At(uint ledger) =>
        anchor is not null && ledger <= anchor.Ledger && hashes.TryGetValue(ledger, out Hash256 hash)
            ? new LedgerAnchor(ledger, hash, anchor.Origin)
            : null;

    // Called by several workers, in any order.
    private void Add(uint ledger, Hash256 hash)
    {
        lock (hashes) hashes[ledger] = hash;
    }
}
