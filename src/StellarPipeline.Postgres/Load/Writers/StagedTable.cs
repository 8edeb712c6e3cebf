using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>One table of a load and its temporary staging table: names, keys and statements.</summary>
/// <remarks>
/// The staging table is created once per transaction, when a batch needs it, and dropped at COMMIT or ROLLBACK, so nothing remains in a
/// session that a pooler gives to others. Its name contains the transaction id, so it differs from tables that an earlier user of the
/// session left in pg_temp. Rows are numbered in their order, because of rows with the same key the first or the last is used.
/// </remarks>
internal sealed class StagedTable
{
    private readonly TableState state;
    private readonly CopyTable target;
    private readonly string stage;

    /// <summary>Lays out the staging of a table.</summary>
    /// <param name="target">The table of the pages, with its schema.</param>
    /// <param name="state">The table's definition in the database.</param>
    /// <param name="rules">The key, and the columns that are never updated.</param>
    /// <param name="hasMarker">Whether the last column of the pages marks rows to delete.</param>
    /// <param name="name">Name of the staging table.</param>
    /// <param name="server">For messages.</param>
    public StagedTable(CopyTable target, TableState state, TableWriteRules rules, bool hasMarker, string name, string server)
    {
        this.target = target;
        this.state = state;
        StageName = name;
        stage = "pg_temp." + SqlText.Identifier(name);
        Marker = hasMarker ? target.Columns[^1] : null;
        Columns = hasMarker ? [.. target.Columns.SkipLast(1)] : target.Columns;
        Check(rules, server);
        Key = FindKey(rules, server);
        Updated = [.. Columns.Except(Key.Columns).Except(rules.NeverUpdated)];
        Number = FreeName("pipeline_n");
        Gone = FreeName("pipeline_gone");
        PageColumns =
            [.. target.Columns.Select(name => (name, name == Marker ? null : state.Columns.First(column => column.Name == name)))];
        if (!HasRowTriggers && PageColumns.All(column => column.State is null || ArrayRows.Takes(column.State)))
            RowsOfArrays = $"MATERIALIZED ({ArrayRows.Source(PageColumns, Number)})";
    }

    /// <summary>Name of the staging table, without schema.</summary>
    public string StageName { get; }

    /// <summary>The columns of the table that its rows fill.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The column of the pages that marks keys to delete; null if there is none.</summary>
    public string? Marker { get; }

    /// <summary>The unique key that identifies a row.</summary>
    public TableKey Key { get; }

    /// <summary>The columns that are updated in an existing row; empty if there are only key columns.</summary>
    public IReadOnlyList<string> Updated { get; }

    /// <summary>Name of the staging column that numbers the rows.</summary>
    public string Number { get; }

    /// <summary>Name of the column in statements that marks keys to delete.</summary>
    public string Gone { get; }

    /// <summary>Whether triggers can drop or change rows.</summary>
    public bool HasRowTriggers => state.HasRowTriggers;

    /// <summary>
    /// Whether a row returned by INSERT … RETURNING shows whether it is new (its xmax is 0). Rows that are routed to another relation have
    /// no system columns.
    /// </summary>
    public bool ShowsNewRows => state is { Kind: 'r', IsHypertable: false };

    /// <summary>The table, as SQL.</summary>
    public string TargetName => state.QuotedName;

    /// <summary>The table without tables that inherit from it, as SQL.</summary>
    public string OnlyTarget => state.Only + state.QuotedName;

    /// <summary>The statement that fills the staging table.</summary>
    public string CopyCommand => $"COPY {stage} ({target.ColumnList}) FROM STDIN (FORMAT binary)";

    /// <summary>The statement that empties the staging table. The table was created in this transaction, so no old file is left.</summary>
    public string TruncateCommand => $"TRUNCATE {stage}";

    /// <summary>Whether the staging table was created; small batches do not need it.</summary>
    public bool IsMade { get; set; }

    /// <summary>The statement that creates the staging table.</summary>
    /// <remarks>
    /// Types and collations are those of the table, so that keys compare the same way in both. Key columns are NOT NULL, so that COPY names
    /// the wrong row. Other NOT NULL columns are NOT NULL too, except if rows can delete: such a row may have only a key, so the other
    /// columns may be NULL and domains are replaced by their base types.
    /// </remarks>
    public string CreateCommand
    {
        get
        {
            IEnumerable<string> definitions = Columns.Select(Definition);
            if (Marker is not null)
                definitions = definitions.Append($"{SqlText.Identifier(Marker)} boolean");
            return $"CREATE TEMPORARY TABLE {stage} ({string.Join(", ", definitions)}, {SqlText.Identifier(Number)} bigint GENERATED "
                + $"ALWAYS AS IDENTITY (CACHE 1000)) ON COMMIT DROP";
        }
    }

    /// <summary>The staged rows, as SQL to use after FROM or in parentheses.</summary>
    public string StagedRows => $"SELECT * FROM {stage}";

    /// <summary>The rows of the staging table, as SQL to use after WITH … AS.</summary>
    public string RowsOfStage => $"NOT MATERIALIZED ({StagedRows})";

    /// <summary>
    /// The rows of arrays, as SQL to use after WITH … AS; null if the table has a column that cannot be passed as an array, or row
    /// triggers, whose effect is checked with the staged rows.
    /// </summary>
    public string? RowsOfArrays { get; }

    /// <summary>The columns of the pages; the marker has no state.</summary>
    public IReadOnlyList<(string Name, ColumnState? State)> PageColumns { get; }

    /// <summary>Whether COPY into the staging table would refuse NULL in a column.</summary>
    public bool RefusesNull(string name) =>
        Key.Columns.Contains(name) || (Marker is null && state.Columns.First(column => column.Name == name).NotNull);

    /// <summary>The columns of the key as SQL, for ON CONFLICT and ORDER BY.</summary>
    public string KeyList => SqlText.Identifiers(Key.Columns);

    /// <summary>The columns of the table as SQL.</summary>
    public string ColumnList => SqlText.Identifiers(Columns);

    /// <summary>The clause that an INSERT needs to write its own values to an identity column; COPY does not need it.</summary>
    public string Overriding =>
        state.Columns.Any(column => column.Identity && Columns.Contains(column.Name)) ? "OVERRIDING SYSTEM VALUE " : "";

    /// <summary>The condition that two rows have the same key.</summary>
    public string SameKey(string left, string right) => string.Join(" AND ", Key.Columns.Select(
        (column, index) => $"{left}.{SqlText.Identifier(column)} {Key.Operators[index]} {right}.{SqlText.Identifier(column)}"));

    private string Definition(string name)
    {
        ColumnState column = state.Columns.First(candidate => candidate.Name == name);
        bool isKey = Key.Columns.Contains(name);
        string type = Marker is null || isKey ? column.Type : column.BaseType;
        string collation = column.Collation is { } given ? $" COLLATE {given}" : "";
        return $"{SqlText.Identifier(name)} {type}{collation}{(isKey || (Marker is null && column.NotNull) ? " NOT NULL" : "")}";
    }

    private void Check(TableWriteRules rules, string server)
    {
        if (!state.Exists || state.Kind is not ('r' or 'p'))
            DatabaseThrow.TablesDiffer(server, [.. TableInspector.Differences(state)]);
        List<string> differences =
            [.. Columns.Where(name => state.Columns.All(column => column.Name != name)).Select(name => $"{target}.{name} is missing")];
        differences.AddRange(Columns.Where(name => state.Columns.Any(column => column.Name == name && column.Generated)).Select(
            name => $"{target}.{name} is a generated column, which no row can fill"));
        if (Marker is not null && (Columns.Count == 0 || state.Columns.Any(column => column.Name == Marker)))
        {
            differences.Add(
                $"{target}.{Marker}, the last column of the rows, should be the marker of keys that are gone, but the table itself has "
                    + $"this column");
        }

        differences.AddRange(rules.NeverUpdated.Where(name => !Columns.Contains(name)).Select(
            name => $"{target}.{name} is to keep its value, but the rows have no such column"));
        if (differences.Count > 0)
            DatabaseThrow.TablesDiffer(server, differences);
    }

    private TableKey FindKey(TableWriteRules rules, string server)
    {
        TableKey? key = rules.KeyColumns is { } wanted
            ? state.Keys.FirstOrDefault(candidate => candidate.Columns.Count == wanted.Count && candidate.Columns.All(wanted.Contains))
            : state.Keys.FirstOrDefault(candidate => candidate.IsPrimary);
        if (key is null)
            DatabaseThrow.NoKey(server, target, rules.KeyColumns);
        List<string> missing = [.. key.Columns.Where(column => !Columns.Contains(column))];
        if (missing.Count > 0)
            DatabaseThrow.KeyNotWritten(server, target, missing);
        return key;
    }

    private string FreeName(string name)
    {
        while (target.Columns.Contains(name))
            name += "_";
        return name;
    }
}
