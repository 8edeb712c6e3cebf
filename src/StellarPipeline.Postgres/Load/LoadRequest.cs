using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>What a load will do to which tables. The checks and the plan are made for it.</summary>
public sealed record LoadRequest
{
    /// <summary>Every table that the load writes, parents before children.</summary>
    public required IReadOnlyList<CopyTable> Tables { get; init; }

    /// <summary>Column types that the rows are encoded as, for those of <see cref="Tables"/> for which the caller knows them.</summary>
    public IReadOnlyList<TableExpectation> Expected { get; init; } = [];

    /// <summary>Whether other sessions may write during the load. Default: exclusive if the role may lock the tables so.</summary>
    public TableAccess Access { get; init; }

    /// <summary>What happens to existing rows. Default: they stay.</summary>
    public TableContent Content { get; init; }

    /// <summary>
    /// Tables of the same owner outside the load that refer to its tables. Those without rows are truncated too, because TRUNCATE refuses a
    /// table that is referenced by a foreign key, even if no row refers to it.
    /// </summary>
    public IReadOnlyList<CopyTable> TruncatedAlong { get; init; } = [];

    /// <summary>
    /// Whether the load may change rows of other tables through their keys, triggers and rules. Default false: the load is refused if it
    /// would.
    /// </summary>
    public bool MayChangeDependents { get; init; }

    /// <summary>How rows are written, for those of <see cref="Tables"/> that are not written by COPY.</summary>
    /// <remarks>Rows of <see cref="RowWriterKind.UpsertAndDelete"/> have one column more than their table, at the end.</remarks>
    public IReadOnlyDictionary<CopyTable, RowWriterKind> Writers { get; init; } = new Dictionary<CopyTable, RowWriterKind>();

    /// <summary>
    /// Keys and columns of tables that are not written by the default rules, by table name; see <see cref="BatchWriterOptions.Tables"/>.
    /// </summary>
    public IReadOnlyDictionary<string, TableWriteRules> WriteRules { get; init; } = new Dictionary<string, TableWriteRules>();

    /// <summary>What the load requires and guarantees about foreign keys.</summary>
    public ForeignKeyOptions ForeignKeys { get; init; } = new();

    /// <summary>
    /// Chooses the foreign-key options after the tables have been read, instead of <see cref="ForeignKeys"/>; null to use
    /// <see cref="ForeignKeys"/>.
    /// </summary>
    public Func<LoadPreflight, ForeignKeyOptions>? ChooseForeignKeys { get; init; }

    /// <summary>
    /// Checks of the caller, run after all others. They receive the earlier results and a connection to read with, and return their
    /// findings. Null for none.
    /// </summary>
    public Func<LoadPreflight, NpgsqlConnection, CancellationToken, Task<IReadOnlyList<LoadFinding>>>? Checks { get; init; }

    /// <summary>
    /// Makes the exception for a refused load from the server's name and the obstacles, so that the caller can add advice; null for
    /// <see cref="LoadRefusedException"/>.
    /// </summary>
    public Func<string, IReadOnlyList<LoadFinding>, Exception>? Refusal { get; init; }

    /// <summary>
    /// Whether tables and columns may be missing, because the load's transaction begins with changes of the schema. Default false.
    /// </summary>
    public bool SchemaMayChange { get; init; }

    /// <summary>
    /// Whether partitioned tables without partitions are accepted, because the caller attaches partitions before or with the rows. Default
    /// false.
    /// </summary>
    internal bool PartitionsMayCome { get; init; }

    /// <summary>
    /// Whether the columns of <see cref="Tables"/> are those that will be sent, so that they can be checked. Default true; false for a plan
    /// that only knows the tables.
    /// </summary>
    public bool ChecksColumns { get; init; } = true;

    /// <summary>Makes the same request with the schema of every table.</summary>
    /// <param name="resolve">Adds the schema to a table, such as <see cref="LoadTransaction.Resolve"/>.</param>
    public LoadRequest Resolve(Func<CopyTable, CopyTable> resolve) => this with
    {
        Tables = [.. Tables.Select(resolve)],
        Expected = [.. Expected.Select(expectation => expectation with { Table = resolve(expectation.Table) })],
        TruncatedAlong = [.. TruncatedAlong.Select(resolve)],
        Writers = Writers.ToDictionary(pair => resolve(pair.Key), pair => pair.Value),
    };

    /// <summary>The stored columns of a table, without the additional last column that marks rows to delete.</summary>
    internal CopyTable StoredColumns(CopyTable table) =>
        Writers.GetValueOrDefault(table) == RowWriterKind.UpsertAndDelete && table.Columns.Count > 1
            ? new CopyTable(table.Schema, table.Name, [.. table.Columns.SkipLast(1)])
            : table;
}
