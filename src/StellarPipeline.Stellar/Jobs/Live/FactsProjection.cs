using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Records what the job needs to know of each ledger besides its rows. Produces no rows.</summary>
internal sealed class FactsProjection : IProjection<LedgerView>
{
    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["ledger"];

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes { get; } = [new("noted", IsWritten: false, "The ledger is known.")];

    /// <inheritdoc/>
    public IRowEncoder<LedgerView> CreateEncoder(PagePool pages) => new Encoder();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Encoder : IRowEncoder<LedgerView>
    {
        // 9999-12-31T23:59:59Z, the largest time that DateTimeOffset holds. Only ages are computed from it.
        private const ulong LastSecond = 253_402_300_799;

        private LedgerFacts? facts;

        public void Encode(in LedgerView view)
        {
            string[] hashes = new string[view.TransactionCount];
            for (int index = 0; index < hashes.Length; index++) hashes[index] = Convert.ToHexStringLower(view.Transaction(index).InnerHash);
            var closedAt = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(view.CloseTimeSeconds, LastSecond));
            facts = new LedgerFacts(view.Sequence, closedAt, view.OperationCount, hashes);
        }

        public void Flush(ProjectedRows rows)
        {
            rows.Facts = facts;
            facts = null;
            rows.Tally.Count(0, 0);
        }

        public void Dispose()
        {
        }
    }
}
