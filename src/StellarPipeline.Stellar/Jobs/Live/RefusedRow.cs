using System.Buffers.Binary;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>The transaction and operation of a row that the server refused.</summary>
/// <param name="Transaction">Number of the transaction in its ledger, from 1.</param>
/// <param name="Operation">Number of the operation in its transaction, from 1; 0 if the row belongs to the transaction itself.</param>
internal sealed record RefusedRow(int Transaction, int Operation)
{
    // In this order: the operation of a state change says more than its transaction.
    private static readonly string[] Ids = ["operation_id", "id", "to_id", "tx_to_id"];

    /// <summary>Finds the row in the pages of the ledger, which were encoded again because the sent pages are used up.</summary>
    /// <param name="pages">The pages of the ledger, in the order in which they were sent.</param>
    /// <param name="error">The error of the server.</param>
    /// <returns>Null if the server named no row, or a row of the current state, which several operations may have changed.</returns>
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

    /// <summary>Text that follows the number of the ledger in a message.</summary>
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
            // The row of a fee has no operation.
            if (id != 0) return new RefusedRow(Toid.PlaceOfTransaction(id), Toid.PlaceOfOperation(id));
        }

        return null;
    }
}
