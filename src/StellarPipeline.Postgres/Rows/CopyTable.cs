using System.Collections.ObjectModel;
using System.Text;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Rows;

/// <summary>One table that COPY fills: its name and the columns that every row carries, in order.</summary>
/// <remarks>
/// Names are stored as they are in the catalogue (no case folding) and are always quoted in SQL.
/// Two instances are equal when schema, name and columns are equal. Immutable and safe to share between threads.
/// </remarks>
public sealed class CopyTable : IEquatable<CopyTable>
{
    /// <summary>
    /// The longest identifier that PostgreSQL keeps, in bytes of UTF-8 (NAMEDATALEN - 1). It truncates longer ones without an error.
    /// </summary>
    public const int MaxIdentifierBytes = 63;

    /// <summary>The most columns that a table can have (PostgreSQL's MaxHeapAttributeNumber).</summary>
    public const int MaxColumns = 1600;

    /// <summary>Describes a table in the target schema of the load, see <see cref="LoadTransaction.Schema"/>.</summary>
    /// <param name="name">Table name, 1 to <see cref="MaxIdentifierBytes"/> bytes.</param>
    /// <param name="columns">Column names in the order in which rows are written; 1 to <see cref="MaxColumns"/>, without repeats.</param>
    /// <exception cref="ArgumentException">A name is empty, too long or holds a NUL character, or a column is listed twice.</exception>
    public CopyTable(string name, params IReadOnlyList<string> columns)
        : this(null, name, columns)
    {
    }

    /// <summary>Describes a table in a given schema.</summary>
    /// <param name="schema">Schema name; null for the target schema of the load.</param>
    /// <param name="name">Table name, 1 to <see cref="MaxIdentifierBytes"/> bytes.</param>
    /// <param name="columns">Column names in the order in which rows are written; 1 to <see cref="MaxColumns"/>, without repeats.</param>
    /// <exception cref="ArgumentException">A name is empty, too long or holds a NUL character, or a column is listed twice.</exception>
    public CopyTable(string? schema, string name, IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count is 0 or > MaxColumns)
            DatabaseThrow.ColumnCount(name, columns.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string column in columns)
        {
            if (!seen.Add(column))
                DatabaseThrow.RepeatedColumn(name, column);
        }

        Schema = schema;
        Name = name;
        Columns = new ReadOnlyCollection<string>([.. columns]);
        QualifiedName = schema is null ? Quote(name) : $"{Quote(schema)}.{Quote(name)}";
        var list = new StringBuilder();
        foreach (string column in columns)
            list.Append(list.Length == 0 ? "" : ", ").Append(Quote(column));
        ColumnList = list.ToString();
        CopyCommand = $"COPY {QualifiedName} ({ColumnList}) FROM STDIN (FORMAT binary)";
        FrozenCopyCommand = $"COPY {QualifiedName} ({ColumnList}) FROM STDIN (FORMAT binary, FREEZE)";
    }

    /// <summary>Schema name, or null when the table is in the target schema of the load.</summary>
    public string? Schema { get; }

    /// <summary>Table name, unquoted.</summary>
    public string Name { get; }

    /// <summary>Column names, unquoted, in the order of the fields in each row.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The table's name as SQL: quoted, with its schema if it has one.</summary>
    public string QualifiedName { get; }

    /// <summary>The columns as SQL: quoted, separated by commas, without parentheses.</summary>
    public string ColumnList { get; }

    /// <summary>The statement that starts a binary COPY into this table.</summary>
    public string CopyCommand { get; }

    /// <summary>
    /// The same statement with FREEZE, which PostgreSQL allows only for a table created or truncated in the same transaction.
    /// </summary>
    public string FrozenCopyCommand { get; }

    /// <summary>Quotes one identifier for use in SQL.</summary>
    /// <param name="identifier">The name as it is in the catalogue.</param>
    /// <returns>The name in double quotes, inner quotes doubled.</returns>
    /// <exception cref="ArgumentException">The name is empty, longer than <see cref="MaxIdentifierBytes"/> bytes, or holds a NUL
    /// character.</exception>
    public static string Quote(string identifier)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        if (identifier.Length == 0 || identifier.Contains('\0', StringComparison.Ordinal)
            || Encoding.UTF8.GetByteCount(identifier) > MaxIdentifierBytes)
        {
            DatabaseThrow.BadIdentifier(identifier);
        }

        return $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <inheritdoc />
    public bool Equals(CopyTable? other) => other is not null && string.Equals(CopyCommand, other.CopyCommand, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as CopyTable);

    /// <inheritdoc />
    public override int GetHashCode() => string.GetHashCode(CopyCommand, StringComparison.Ordinal);

    /// <summary>The plain name for messages, such as <c>public.trust_line</c>.</summary>
    /// <returns>Schema and name without quotes.</returns>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";
}
