using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Proves each ledger in itself, and notes what the job needs to know of it. Makes no rows.</summary>
/// <param name="allowNewerProtocol">True takes ledgers of a newer protocol, if they decode.</param>
internal sealed class ProofProjection(bool allowNewerProtocol) : IProjection<LedgerView>
{
    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["ledger"];

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes { get; } = [new("proved", IsWritten: false, "The ledger is what its header says.")];

    /// <inheritdoc/>
    public IRowEncoder<LedgerView> CreateEncoder(PagePool pages) => new Encoder(allowNewerProtocol);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Encoder(bool allowNewerProtocol) : IRowEncoder<LedgerView>
    {
        // 9999-12-31T23:59:59Z, the last second of a date here. Only ages are computed from it.
        private const ulong LastSecond = 253_402_300_799;

        private readonly LedgerVerifier verifier = new() { AllowNewerProtocol = allowNewerProtocol };
        private LedgerFacts? facts;

        public void Encode(in LedgerView view)
        {
            verifier.Verify(view);
            var chain = new LedgerChain();
            chain.Append(view);
            var hashes = new string[view.TransactionCount];
            for (int index = 0; index < hashes.Length; index++) hashes[index] = Convert.ToHexStringLower(view.Transaction(index).InnerHash);
            var closedAt = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(view.CloseTimeSeconds, LastSecond));
            facts = new LedgerFacts(view.Sequence, chain, closedAt, view.OperationCount, hashes);
        }

        public void Flush(ProjectedRows rows)
        {
            rows.Facts = facts;
            facts = null;
            rows.Tally.Count(0, 0);
        }

        public void Dispose() => verifier.Dispose();
    }
}
