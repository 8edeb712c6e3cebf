using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>Compares the types that rows were written as with the column types of their tables, before a batch is sent.</summary>
/// <remarks>
/// Each table is read once, at its first batch, when its definition can no longer change. After that, only combinations of types that were
/// not seen before cost anything.
/// </remarks>
internal sealed class ColumnTypes(LoadTransaction load)
{
    private readonly Dictionary<CopyTable, (ColumnState?[] Columns, List<FieldKind[]> Passed)> tables = [];

    /// <summary>Takes over table definitions that were read under the load's locks, so that they are not read again.</summary>
    public void Know(IEnumerable<TableState> states)
    {
        foreach (TableState state in states)
            tables[load.Resolve(state.Table)] = (Columns(state), []);
    }

    /// <summary>Refuses a batch if a page was written with types that differ from its table's columns.</summary>
    /// <exception cref="DatabaseException">A column is of another type; nothing was sent.</exception>
    public async Task CheckAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        CopyTable table = load.Resolve(batch.Table);
        if (!tables.TryGetValue(table, out (ColumnState?[] Columns, List<FieldKind[]> Passed) known))
        {
            known = (Columns((await TableInspector.ReadAsync(load.Connection, [table], cancellationToken).ConfigureAwait(false))[0]), []);
            tables.Add(table, known);
        }

        foreach (RowPage page in batch.Pages)
        {
            if (known.Passed.Exists(passed => FieldKinds.Same(passed, page.Kinds)))
                continue;
            for (int index = 0; index < page.Kinds.Length; index++)
            {
                if (known.Columns[index] is { } column && !FieldKinds.Fits(page.Kinds[index], column))
                    DatabaseThrow.FieldDoesNotFit(load.Server, batch, index, page.Kinds[index], column.Type);
            }

            known.Passed.Add(page.Kinds);
        }
    }

    // The server reports a missing column, and its message names it.
    private static ColumnState?[] Columns(TableState state) =>
        [.. state.Table.Columns.Select(name => state.Columns.FirstOrDefault(column => column.Name == name))];
}
