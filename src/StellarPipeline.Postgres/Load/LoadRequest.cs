using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>What a load is going to do to which tables: what the checks before it are made for.</summary>
public sealed record LoadRequest
{
    /// <summary>Every table that the load writes, parents before children.</summary>
    public required IReadOnlyList<CopyTable> Tables { get; init; }

    /// <summary>Types that rows are encoded for, for as many of <see cref="Tables"/> as the caller knows them.</summary>
    public IReadOnlyList<TableExpectation> Expected { get; init; } = [];

    /// <summary>Whether others may write meanwhile. Default: exclusive where the role may lock so.</summary>
    public TableAccess Access { get; init; }

    /// <summary>What becomes of rows that are there. Default: they stay.</summary>
    public TableContent Content { get; init; }

    /// <summary>
    /// Tables of the same owner outside the load that refer to its tables: those that hold no row are truncated along, since TRUNCATE looks
    /// at the constraint, not at rows.
    /// </summary>
    public IReadOnlyList<CopyTable> TruncatedAlong { get; init; } = [];

    /// <summary>
    /// Whether the load may do to rows of other tables what their keys, triggers and rules say. Default false: it is refused where it
    /// would.
    /// </summary>
    public bool MayChangeDependents { get; init; }

    /// <summary>How rows are brought into their tables, for those of <see cref="Tables"/> that are not filled by COPY.</summary>
    /// <remarks>Rows of <see cref="RowWriterKind.UpsertAndDelete"/> have one more column than their table, the last one.</remarks>
    public IReadOnlyDictionary<CopyTable, RowWriterKind> Writers { get; init; } = new Dictionary<CopyTable, RowWriterKind>();

    /// <summary>
    /// Keys and columns of tables that are written by other rules than the default, by name; see <see cref="BatchWriterOptions.Tables"/>.
    /// </summary>
    public IReadOnlyDictionary<string, TableWriteRules> WriteRules { get; init; } = new Dictionary<string, TableWriteRules>();

    /// <summary>What the load asks for and promises about foreign keys.</summary>
    public ForeignKeyOptions ForeignKeys { get; init; } = new();

    /// <summary>
    /// Says how the foreign keys are to be kept once the tables are known, instead of <see cref="ForeignKeys"/>; null where that does not
    /// depend on them.
    /// </summary>
    public Func<LoadPreflight, ForeignKeyOptions>? ChooseForeignKeys { get; init; }

    /// <summary>
    /// Checks of the caller's, made after all others with what they found: reads through the connection and returns what it found. Null for
    /// none.
    /// </summary>
    public Func<LoadPreflight, NpgsqlConnection, CancellationToken, Task<IReadOnlyList<LoadFinding>>>? Checks { get; init; }

    /// <summary>
    /// Makes the exception of a refused load, from the server's name and the obstacles, with the caller's own advice; null for
    /// <see cref="LoadRefusedException"/>.
    /// </summary>
    public Func<string, IReadOnlyList<LoadFinding>, Exception>? Refusal { get; init; }

    /// <summary>
    /// Whether missing tables and columns may still come, because the load's transaction begins with changes of the schema. Default false.
    /// </summary>
    public bool SchemaMayChange { get; init; }

    /// <summary>
    /// Whether partitioned tables without any partition are taken: the caller attaches them, before rows or with them. Default false.
    /// </summary>
    internal bool PartitionsMayCome { get; init; }

    /// <summary>
    /// Whether the columns of <see cref="Tables"/> are those that will be sent, so that they can be checked. Default true; false for a plan
    /// that knows tables only.
    /// </summary>
    public bool ChecksColumns { get; init; } = true;

    /// <summary>The same with every table's schema.</summary>
    /// <param name="resolve">Gives a table its schema, such as <see cref="LoadTransaction.Resolve"/>.</param>
    public LoadRequest Resolve(Func<CopyTable, CopyTable> resolve) => this with
    {
        Tables = [.. Tables.Select(resolve)],
        Expected = [.. Expected.Select(expectation => expectation with { Table = resolve(expectation.Table) })],
        TruncatedAlong = [.. TruncatedAlong.Select(resolve)],
        Writers = Writers.ToDictionary(pair => resolve(pair.Key), pair => pair.Value),
    };

    /// <summary>The columns of a table that rows are sent for, without the one that only says that a row is to go.</summary>
    internal CopyTable StoredColumns(CopyTable table) =>
        Writers.GetValueOrDefault(table) == RowWriterKind.UpsertAndDelete && table.Columns.Count > 1
            ? new CopyTable(table.Schema, table.Name, [.. table.Columns.SkipLast(1)])
            : table;
}
