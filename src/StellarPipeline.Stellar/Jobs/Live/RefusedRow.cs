using System.Buffers.Binary;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Of which transaction and operation a row is that the server refused.</summary>
/// <param name="Transaction">Place of the transaction in its ledger, from 1.</param>
/// <param name="Operation">Place of the operation in its transaction, from 1; 0 where the row is the transaction's.</param>
internal sealed record RefusedRow(int Transaction, int Operation)
{
    // In this order: of a state change, the operation says more than the transaction.
    private static readonly string[] Ids = ["operation_id", "id", "to_id", "tx_to_id"];

    /// <summary>Finds it in the rows of the ledger, made again: those that were sent are gone.</summary>
    /// <param name="pages">The ledger's pages, in the order in which they were sent.</param>
    /// <param name="error">The refusal.</param>
    /// <returns>Null where the server named no row, or one of the current state, which many operations may have made.</returns>
    public static RefusedRow? Find(IEnumerable<RowPage> pages, Exception error)
    {
        DatabaseException? refusal = null;
        for (Exception? cause = error; cause is not null && refusal is null; cause = cause.InnerException)
            refusal = cause is DatabaseException { Row: not null, Table: not null } named ? named : null;
        if (refusal is null || !HistoryTables.All.Contains(refusal.Table!)) return null;
        long before = 0;
        foreach (RowPage page in pages.Where(page => page.Table.Equals(refusal.Table)))
        {
            if (refusal.Row <= before + page.RowCount) return Read(page, (int)(refusal.Row!.Value - before));
            before += page.RowCount;
        }

        return null;
    }

    /// <summary>As it stands behind the ledger's number.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $", transaction {Transaction}{(Operation == 0 ? "" : FormattableString.Invariant($", operation {Operation}"))},");

    private static RefusedRow? Read(RowPage page, int row)
    {
        Span<RowField> fields = stackalloc RowField[page.Table.Columns.Count];
        var cursor = new RowCursor(page);
        while (cursor.RowNumber < row)
            if (!cursor.MoveNext(fields)) return null;
        foreach (string name in Ids)
        {
            int column = page.Table.Columns.ToList().IndexOf(name);
            if (column < 0 || fields[column].Length != sizeof(long)) continue;
            long id = BinaryPrimitives.ReadInt64BigEndian(page.Memory.Span[fields[column].Offset..]);
            // The row of a fee belongs to no operation.
            if (id != 0) return new RefusedRow(Toid.PlaceOfTransaction(id), Toid.PlaceOfOperation(id));
        }

        return null;
    }
}
