using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>One table of a load with the table of the session in which its rows are staged: names, keys and statements.</summary>
/// <remarks>
/// The staging table is made once in a transaction, when a batch needs it, and goes with it, COMMIT or ROLLBACK, so nothing stays in a
/// session that a pooler gives to others. Its name holds the transaction's number: whatever an earlier owner of the session left in
/// pg_temp, it is not of that name. Rows are numbered as they come, since of rows with the same key the first or the last counts.
/// </remarks>
internal sealed class StagedTable
{
    private readonly TableState state;
    private readonly CopyTable target;
    private readonly string stage;

    /// <summary>Lays out the staging of a table.</summary>
    /// <param name="target">The table of the pages, with its schema.</param>
    /// <param name="state">What the database has under that name.</param>
    /// <param name="rules">Key and columns that are kept.</param>
    /// <param name="hasMarker">Whether the last column of the pages is the marker of rows that are gone.</param>
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

    /// <summary>The column of the pages that says that a key is gone; null where there is none.</summary>
    public string? Marker { get; }

    /// <summary>The unique key that identifies a row.</summary>
    public TableKey Key { get; }

    /// <summary>The columns that are changed in a row that is there; none where the key is all there is.</summary>
    public IReadOnlyList<string> Updated { get; }

    /// <summary>Name of the staging column that numbers the rows.</summary>
    public string Number { get; }

    /// <summary>Name of the column that says, in statements, that a key is gone.</summary>
    public string Gone { get; }

    /// <summary>Whether triggers can drop or change rows.</summary>
    public bool HasRowTriggers => state.HasRowTriggers;

    /// <summary>
    /// Whether a row that an INSERT gives back says whether it is new: its xmax is 0. Rows that are routed to another relation have no
    /// system columns.
    /// </summary>
    public bool ShowsNewRows => state is { Kind: 'r', IsHypertable: false };

    /// <summary>The table, as SQL.</summary>
    public string TargetName => state.QuotedName;

    /// <summary>The table without those that inherit from it, as SQL.</summary>
    public string OnlyTarget => state.Only + state.QuotedName;

    /// <summary>The statement that fills the staging table.</summary>
    public string CopyCommand => $"COPY {stage} ({target.ColumnList}) FROM STDIN (FORMAT binary)";

    /// <summary>The statement that empties the staging table. It was made in this transaction, so this leaves no old file behind.</summary>
    public string TruncateCommand => $"TRUNCATE {stage}";

    /// <summary>Whether the staging table was made; small batches do without it.</summary>
    public bool IsMade { get; set; }

    /// <summary>The statement that makes the staging table.</summary>
    /// <remarks>
    /// Types and collations are those of the table, so that keys compare alike in both. A key must not be NULL: COPY then names the row. So
    /// it does for other columns that must not be NULL, but where a row may be nothing but a key that is gone: there they are free, and
    /// domains are their base types.
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

    /// <summary>The rows that were staged, as SQL that stands after FROM or in parentheses.</summary>
    public string StagedRows => $"SELECT * FROM {stage}";

    /// <summary>The rows of the staging table, as SQL that stands after WITH … AS.</summary>
    public string RowsOfStage => $"NOT MATERIALIZED ({StagedRows})";

    /// <summary>
    /// The rows of arrays, as SQL that stands after WITH … AS; null where the table has a column that is not handed over so, or triggers,
    /// whose work is looked into with the staged rows.
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

    /// <summary>What an INSERT that gives values of its own to an identity column must say; COPY need not.</summary>
    public string Overriding =>
        state.Columns.Any(column => column.Identity && Columns.Contains(column.Name)) ? "OVERRIDING SYSTEM VALUE " : "";

    /// <summary>A condition under which two rows have the same key.</summary>
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
