using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>The current state as a projection of ledgers: the net changes of a ledger become rows of the wallet tables.</summary>
/// <remarks>
/// The rows are made by <see cref="WalletProjection"/>, like those of a checkpoint. An entry that was removed is encoded as it was before,
/// and its rows are marked for removal of their key. One projection serves any number of ledgers; the facts of each ledger are a
/// <see cref="LedgerState"/>.
/// </remarks>
/// <param name="network">The network, which determines the ids of asset contracts.</param>
internal sealed class StateProjection(StellarNetwork network) : IProjection<LedgerView>
{
    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => StateTables.All;

    /// <inheritdoc/>
    public IReadOnlyList<TableExpectation> Expected { get; } =
        [.. StateTables.Assets.Concat(StateTables.Contracts).Select(static table => WalletTables.Expect(table))];

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["ledger"];

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes { get; } =
        [new("state", IsWritten: true, "The ledger's changes became rows of the wallet tables.")];

    /// <inheritdoc/>
    public IRowEncoder<LedgerView> CreateEncoder(PagePool pages) => new Encoder(network, pages);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Encoder(StellarNetwork network, PagePool pages) : IRowEncoder<LedgerView>
    {
        private readonly NetChanges changes = new(
            LedgerEntryType.Account, LedgerEntryType.Trustline, LedgerEntryType.LiquidityPool, LedgerEntryType.ContractData,
            LedgerEntryType.ContractCode);

        private readonly List<RowPage> finished = [];
        private LedgerState? state;

        public void Encode(in LedgerView view)
        {
            changes.Read(view);
            // Created for each ledger: the ledger's number is in every row, and its parents are those of this ledger.
            using var wallet = new WalletProjection(view.Sequence, network, pages) { KeepsContractsOfOtherCode = true };
            using IRowEncoder<LedgerEntryView> living = wallet.CreateEncoder(pages);
            using IRowEncoder<LedgerEntryView> gone = wallet.CreateEncoder(pages);
            for (int index = 0; index < changes.Count; index++)
            {
                ref readonly NetChange change = ref changes[index];
                if (!change.IsCancelled) Encode(view, change, change.IsRemoval ? gone : living);
            }

            using ProjectedRows kept = Rows(living);
            if (kept.Facts is { } facts) wallet.Collect(facts);
            Take(kept.Pages, isGone: false);
            wallet.LateRows(LateRowsMoment.End, null, finished);
            // Removed entries give no facts about parents, except the assets of trustlines, which the projection knows from encoding them.
            using ProjectedRows removed = Rows(gone);
            Take(removed.Pages, isGone: true);
            state = new LedgerState(wallet.Codes, [.. wallet.ContractsWithCode], wallet.ContractsOfOtherCode);

            ProjectedRows Rows(IRowEncoder<LedgerEntryView> encoder)
            {
                var rows = new ProjectedRows(wallet.Kinds.Count, wallet.Outcomes.Count);
                encoder.Flush(rows);
                return rows;
            }
        }

        public void Flush(ProjectedRows rows)
        {
            rows.Pages.AddRange(finished);
            finished.Clear();
            rows.Facts = state;
            state = null;
            rows.Tally.Count(0, 0);
        }

        public void Dispose()
        {
            foreach (RowPage page in finished) page.Dispose();
            finished.Clear();
        }

        private static void Encode(in LedgerView view, in NetChange change, IRowEncoder<LedgerEntryView> encoder)
        {
            try
            {
                if (change.EntryLength > 0)
                {
                    encoder.Encode(LedgerEntryView.Parse(view.Encoded.Slice(change.EntryOffset, change.EntryLength)));
                }
                else if (change.Type == LedgerEntryType.ContractData)
                {
                    encoder.Encode(LedgerEntryView.Parse(EvictedBalance.Of(view.Encoded.Slice(change.KeyOffset, change.KeyLength))));
                }
            }
            catch (EntryRejectedException error)
            {
                bool isOfOperation = change.Phase == NetPhase.Transaction;
                throw new LedgerFormatException(
                    view.Sequence, change.Phase is NetPhase.Upgrade or NetPhase.Eviction ? 0 : change.Transaction + 1,
                    isOfOperation ? change.Operation + 1 : 0, change.EntryOffset,
                    $"An entry of type {change.Type} cannot be stored: {error.Message} The ledger is damaged: download it again.", error);
            }
        }

        private void Take(List<RowPage> made, bool isGone)
        {
            while (made.Count > 0)
            {
                RowPage page = made[0];
                if (StateTables.Marker(page.Table) is { } marker) finished.Add(marker.Mark(page, isGone, pages));
                else finished.Add(page);
                made.RemoveAt(0);
            }
        }
    }
}
