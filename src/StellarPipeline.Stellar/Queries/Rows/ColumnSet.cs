using Npgsql;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>
/// The columns of a type of row: its key, which every query reads, and columns that the caller may choose. The order is always the same,
/// whatever the order of the choice.
/// </summary>
/// <typeparam name="TRow">Type of a row.</typeparam>
/// <param name="keys">Columns of the key.</param>
/// <param name="others">Other columns, each with the bit that selects it.</param>
internal sealed class ColumnSet<TRow>(IReadOnlyList<ColumnSet<TRow>.Column> keys, IReadOnlyList<ColumnSet<TRow>.Column> others)
    where TRow : new()
{
    /// <summary>The columns that a choice reads.</summary>
    /// <param name="choice">Bits of the columns.</param>
    public Choice Choose(int choice) => new([.. keys, .. others.Where(column => (choice & column.Bit) != 0)]);

    /// <summary>One column.</summary>
    /// <param name="Bit">Selects it; 0 for a column of the key.</param>
    /// <param name="Name">Its name in the table.</param>
    /// <param name="Set">Stores the value, which is not NULL, in the row.</param>
    internal sealed record Column(int Bit, string Name, Action<TRow, NpgsqlDataReader, int> Set);

    /// <summary>The columns of one query.</summary>
    internal sealed class Choice(IReadOnlyList<Column> columns)
    {
        /// <summary>The list after SELECT.</summary>
        /// <param name="table">Alias of the table.</param>
        public string Sql(string table) => string.Join(", ", columns.Select(column => $"{table}.{column.Name}"));

        /// <summary>Reads the current row.</summary>
        /// <param name="reader">The reader.</param>
        /// <param name="first">Index of the first of these columns.</param>
        public TRow Read(NpgsqlDataReader reader, int first = 0)
        {
            var row = new TRow();
            for (int index = 0; index < columns.Count; index++)
            {
                if (!reader.IsDBNull(first + index)) columns[index].Set(row, reader, first + index);
            }

            return row;
        }

        /// <summary>Reads all remaining rows.</summary>
        public async Task<List<TRow>> ReadAllAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
        {
            var rows = new List<TRow>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(Read(reader));
            return rows;
        }
    }
}
