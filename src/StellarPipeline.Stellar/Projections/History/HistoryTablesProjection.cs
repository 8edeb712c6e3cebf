using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The five history tables as a projection of ledgers: each view is a ledger, and produces any number of rows.</summary>
/// <remarks><see cref="HistoryProjection"/> describes the rows; each encoder has one.</remarks>
/// <param name="network">The network: hashes of transactions and ids of contracts depend on it.</param>
public sealed class HistoryTablesProjection(StellarNetwork network) : IProjection<LedgerView>
{
    /// <summary>
    /// True accepts ledgers of a protocol newer than any known one; see <see cref="HistoryProjection.AllowNewerProtocol"/>.
    /// </summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>The sum of the collected facts.</summary>
    public HistoryCounts Counts { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<CopyTable> Tables => HistoryTables.All;

    /// <inheritdoc/>
    public IReadOnlyList<TableExpectation> Expected { get; } =
        [.. HistoryTables.All.Select(table => new TableExpectation(table, [.. table.Columns.Select(HistoryTables.TypeOf)]))];

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["ledger"];

    /// <inheritdoc/>
    public IReadOnlyList<ProjectionOutcome> Outcomes { get; } =
        [new("history", IsWritten: true, "The ledger became rows of the five history tables.")];

    /// <inheritdoc/>
    public IRowEncoder<LedgerView> CreateEncoder(PagePool pages) =>
        new Encoder(new HistoryProjection(network, pages) { AllowNewerProtocol = AllowNewerProtocol });

    /// <inheritdoc/>
    public void Collect(object facts) => Counts.Add((HistoryCounts)facts);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Encoder(HistoryProjection projection) : IRowEncoder<LedgerView>
    {
        private HistoryCounts flushed = new();
        private uint ledger;

        public void Encode(in LedgerView view)
        {
            ledger = view.Sequence;
            projection.Write(view);
        }

        public void Flush(ProjectedRows rows)
        {
            projection.Take(rows.Pages);
            HistoryCounts counts = projection.Counts.Since(flushed);
            flushed = projection.Counts.Copy();
            foreach (CopyTable table in HistoryTables.All)
            {
                // Check: the pages must hold as many rows as were counted.
                long written = rows.Pages.Where(page => page.Table == table).Sum(page => (long)page.RowCount);
                if (written != counts.RowsOf(table)) HistoryThrow.Counts(ledger, table.Name, counts.RowsOf(table), written);
            }

            rows.Facts = counts;
            for (long count = 0; count < counts.Ledgers; count++) rows.Tally.Count(0, 0);
        }

        public void Dispose() => projection.Dispose();
    }
}
