using Npgsql;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>
/// The columns of a kind of row: its key, which every query reads, and those that the caller may choose. Always in this order, whatever the
/// order of the choice.
/// </summary>
/// <typeparam name="TRow">Kind of row.</typeparam>
/// <param name="keys">Columns of the key.</param>
/// <param name="others">Other columns, each with the bit that chooses it.</param>
internal sealed class ColumnSet<TRow>(IReadOnlyList<ColumnSet<TRow>.Column> keys, IReadOnlyList<ColumnSet<TRow>.Column> others)
    where TRow : new()
{
    /// <summary>The columns that a choice reads.</summary>
    /// <param name="choice">Bits of the columns.</param>
    public Choice Choose(int choice) => new([.. keys, .. others.Where(column => (choice & column.Bit) != 0)]);

    /// <summary>One column.</summary>
    /// <param name="Bit">Chooses it; 0 for one of the key.</param>
    /// <param name="Name">Its name in the table.</param>
    /// <param name="Set">Puts the value, which is not NULL, into the row.</param>
    internal sealed record Column(int Bit, string Name, Action<TRow, NpgsqlDataReader, int> Set);

    /// <summary>The columns of one query.</summary>
    internal sealed class Choice(IReadOnlyList<Column> columns)
    {
        /// <summary>The list behind SELECT.</summary>
        /// <param name="table">Alias of the table.</param>
        public string Sql(string table) => string.Join(", ", columns.Select(column => $"{table}.{column.Name}"));

        /// <summary>Makes a row of the one that the reader is at.</summary>
        /// <param name="reader">The reader.</param>
        /// <param name="first">Place of the first of these columns.</param>
        public TRow Read(NpgsqlDataReader reader, int first = 0)
        {
            var row = new TRow();
            for (int index = 0; index < columns.Count; index++)
            {
                if (!reader.IsDBNull(first + index)) columns[index].Set(row, reader, first + index);
            }

            return row;
        }

        /// <summary>Makes rows of all that are left.</summary>
        public async Task<List<TRow>> ReadAllAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
        {
            var rows = new List<TRow>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(Read(reader));
            return rows;
        }
    }
}
