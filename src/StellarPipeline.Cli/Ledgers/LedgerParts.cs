using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>The rows of a ledger, grouped by transaction and operation, with access to fields by column name.</summary>
internal sealed class LedgerParts
{
    private readonly ILookup<long, Row> operations;
    private readonly ILookup<(long Transaction, long Operation), Row> changes;
    private readonly ILookup<long, Row> participants;

    public LedgerParts(ProjectedLedger ledger)
    {
        Transactions = [.. RowsOf(ledger, HistoryTables.Transactions)];
        operations = RowsOf(ledger, HistoryTables.Operations).ToLookup(row => row.Id("id") & ~0xFFFL);
        changes = RowsOf(ledger, HistoryTables.StateChanges).ToLookup(row => (row.Id("to_id"), row.Id("operation_id")));
        participants = RowsOf(ledger, HistoryTables.OperationsAccounts).ToLookup(row => row.Id("operation_id"));
    }

    public IReadOnlyList<Row> Transactions { get; }

    public IEnumerable<Row> Operations(long transaction) => operations[transaction];

    /// <summary>State changes of an operation; for operation 0, those of the transaction itself.</summary>
    public IEnumerable<Row> Changes(long transaction, long operation) => changes[(transaction, operation)];

    public IEnumerable<Row> Participants(long operation) => participants[operation];

    private static IEnumerable<Row> RowsOf(ProjectedLedger ledger, CopyTable table) =>
        ledger.Rows(table).Select(fields => new Row(table, fields));

    /// <summary>One row.</summary>
    internal readonly record struct Row(CopyTable Table, string?[] Fields)
    {
        public string? this[string column]
        {
            get
            {
                for (int index = 0; index < Fields.Length; index++)
                {
                    if (Table.Columns[index] == column) return Fields[index];
                }

                throw new ArgumentException($"{Table} has no column {column}.", nameof(column));
            }
        }

        public long Id(string column) => long.Parse(this[column]!, CultureInfo.InvariantCulture);
    }
}
