using System.Globalization;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Whether and how rows can be written into separate tables, and why. Reads the catalog and locks nothing.</summary>
/// <param name="Kind">How; <see cref="BesideKind.None"/> if not.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
/// <param name="WidthSeconds">The time range of one partition or chunk, in seconds; zero for whole tables.</param>
/// <param name="AnchorSeconds">A time at which a partition or chunk begins, in seconds since 1970.</param>
internal sealed record BesideChoice(BesideKind Kind, string Reason, long WidthSeconds = 0, long AnchorSeconds = 0)
{
    /// <summary>For fewer ledgers, separate tables are not worth their cost.</summary>
    public const int FewestLedgers = 64;

    /// <summary>
    /// For more ledgers, one transaction would lose too much in a failure, unless the user asks for it. A day has 17,280 ledgers.
    /// </summary>
    public const int MostLedgers = 20_000;

    private const long Day = 86_400;

    private static readonly Query Tables = new(
        "beside.tables",
        "pg_class",
        """
        SELECT c.relkind::text, pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE'),
          c.relkind <> 'p' OR pg_get_partkeydef(c.oid) = 'RANGE (ledger_created_at)',
          EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = c.oid AND p.partdefid <> 0),
          to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL, to_regproc('_timescaledb_functions.create_chunk') IS NOT NULL
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p')
        """);

    private static readonly Query Dimensions = new(
        "beside.dimensions",
        "_timescaledb_catalog.dimension",
        """
        SELECT count(*) FILTER (WHERE h.num_dimensions = 1 AND d.column_name = 'ledger_created_at' AND d.interval_length > 0),
          min(d.interval_length), max(d.interval_length), count(*)
        FROM _timescaledb_catalog.hypertable h JOIN _timescaledb_catalog.dimension d ON d.hypertable_id = h.id
        WHERE h.schema_name = $1 AND h.table_name = ANY ($2)
        """);

    // Bounds are printed and parsed in settings of this statement: those of the session may print an abbreviation of a time zone that is
    // read as another one. A bound that is no time, such as MINVALUE, has no width.
    internal const string Bounds =
        """
        SELECT c.relname::text, (regexp_match(b.bound, 'FROM \(''([^'']*)''\)'))[1]::timestamptz AS lower,
          (regexp_match(b.bound, 'TO \(''([^'']*)''\)'))[1]::timestamptz AS upper
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits h ON h.inhparent = c.oid
        JOIN pg_class p ON p.oid = h.inhrelid
        CROSS JOIN LATERAL (SELECT CASE WHEN set_config('datestyle', 'ISO, YMD', true) || set_config('timezone', 'UTC', true) IS NOT NULL
          THEN pg_get_expr(p.relpartbound, p.oid) END AS bound OFFSET 0) b
        WHERE n.nspname = $1 AND c.relname = ANY ($2)
        """;

    private static readonly Query Widths = new(
        "beside.widths",
        "pg_class",
        $"""
        SELECT extract(epoch FROM min(p.upper - p.lower))::int8, extract(epoch FROM max(p.upper - p.lower))::int8,
          extract(epoch FROM min(p.lower))::int8
        FROM ({Bounds}) p
        """);

    private static readonly Query IsPartitioned = new(
        "beside.partitions",
        "pg_class",
        $"""
        SELECT EXISTS (SELECT FROM ({Bounds}) p
          WHERE coalesce(p.lower, '-infinity') < to_timestamp($4) AND coalesce(p.upper, 'infinity') > to_timestamp($3))
        """);

    private static readonly Query IsChunked = new(
        "beside.chunks",
        "timescaledb_information.chunks",
        """
        SELECT EXISTS (SELECT FROM timescaledb_information.chunks c
          WHERE c.hypertable_schema = $1 AND c.hypertable_name = ANY ($2) AND c.range_start < to_timestamp($4)
            AND c.range_end > to_timestamp($3))
        """);

    /// <summary>The choice for a source that can be read only from its beginning.</summary>
    public static BesideChoice OfStream { get; } =
        No("the source can be read only from its beginning, so it is not known which ledgers it will return");

    private static BesideChoice TooSmall { get; } = No($"separate tables are not worth it for fewer than {FewestLedgers} ledgers");

    /// <summary>Chooses from the definitions of the tables.</summary>
    /// <param name="runner">Where the queries run.</param>
    /// <param name="schema">The schema of the tables, which must exist.</param>
    /// <param name="fill">What the user asked for.</param>
    /// <param name="missing">The stretches of ledgers to load.</param>
    /// <param name="isStore">Whether the source can be read at any ledger.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public static async Task<BesideChoice> DecideAsync(
        QueryRunner runner, string schema, BackfillFill fill, IReadOnlyList<LedgerSpan> missing, bool isStore,
        CancellationToken cancellationToken)
    {
        if (Unasked(fill, missing, isStore) is { } no) return no;
        List<TableLook> tables = await LookAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        if (!tables.TrueForAll(table => table.IsOwned))
            return No("the role does not own the tables, or has no CREATE right on their schema");
        if (tables.Exists(table => table.IsPartitioned != tables[0].IsPartitioned)) return No("only some of the tables are partitioned");
        BesideChoice? choice = null;
        if (tables[0].IsPartitioned)
            choice = await PartitionsAsync(runner, schema, tables, cancellationToken).ConfigureAwait(false);
        else if (tables[0].HasTimescale)
            choice = await ChunksAsync(runner, schema, tables[0], cancellationToken).ConfigureAwait(false);
        choice ??= await WholeAsync(runner, fill, missing, cancellationToken).ConfigureAwait(false);
        if (choice.Kind == BesideKind.Chunk && IsTooSmall(fill, missing)) return TooSmall;
        if (choice.Kind == BesideKind.None) return choice;
        string? block = await BesideBlock.FindAsync(runner, schema, HistoryTables.Names, choice.Kind, cancellationToken).ConfigureAwait(
            false);
        return block is null ? choice : No(block);
    }

    /// <summary>The choice for tables that the run will create, with its own migrations.</summary>
    /// <param name="fill">What the user asked for.</param>
    /// <param name="missing">The stretches of ledgers to load.</param>
    /// <param name="isStore">Whether the source can be read at any ledger.</param>
    /// <param name="hasTimescale">Whether they will be hypertables.</param>
    public static BesideChoice OfNewTables(BackfillFill fill, IReadOnlyList<LedgerSpan> missing, bool isStore, bool hasTimescale) =>
        Unasked(fill, missing, isStore)
            ?? (!hasTimescale ? Whole(fill, missing)
                : IsTooSmall(fill, missing) ? TooSmall
                : new BesideChoice(BesideKind.Chunk, "they become chunks", Day));

    /// <summary>
    /// How partitions are made for ledgers that are written in place; null if the tables are not partitioned by time, have a default
    /// partition, or belong to another role.
    /// </summary>
    /// <param name="runner">Where the queries run.</param>
    /// <param name="schema">The schema of the tables, which must exist.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public static async Task<BesideChoice?> OfPartitionsAsync(QueryRunner runner, string schema, CancellationToken cancellationToken)
    {
        List<TableLook> tables = await LookAsync(runner, schema, cancellationToken).ConfigureAwait(false);
        if (!tables.TrueForAll(table => table is { IsPartitioned: true, IsOwned: true })) return null;
        BesideChoice choice = await PartitionsAsync(runner, schema, tables, cancellationToken).ConfigureAwait(false);
        return choice.Kind == BesideKind.Partition ? choice : null;
    }

    /// <summary>The time range of the partition or chunk that holds a time, in seconds since 1970.</summary>
    public (long Start, long End) IntervalOf(long closeTime)
    {
        long start = closeTime - ((((closeTime - AnchorSeconds) % WidthSeconds) + WidthSeconds) % WidthSeconds);
        return (start, start + WidthSeconds);
    }

    /// <summary>Whether a table has a partition or chunk that overlaps a time range.</summary>
    public Task<bool> IsTakenAsync(QueryRunner runner, string schema, long start, long end, CancellationToken cancellationToken) =>
        runner.IsAsync(
            Kind == BesideKind.Chunk ? IsChunked : IsPartitioned, SqlValues.Of(schema, HistoryTables.Names, start, end), cancellationToken);

    private static Task<List<TableLook>> LookAsync(QueryRunner runner, string schema, CancellationToken cancellationToken) =>
        runner.ListAsync(
            Tables,
            SqlValues.Of(schema, HistoryTables.Names),
            static reader => new TableLook(
                reader.GetString(0) == "p", reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4),
                reader.GetBoolean(5)),
            cancellationToken);

    private static async Task<BesideChoice> PartitionsAsync(
        QueryRunner runner, string schema, List<TableLook> tables, CancellationToken cancellationToken)
    {
        if (!tables.TrueForAll(table => table.IsByTime)) return No("the tables are not partitioned by range of ledger_created_at alone");
        if (tables.Exists(table => table.HasDefault)) return No("the tables have a default partition, which would have to be scanned");
        (long? least, long? most, long? lower) = await runner.RunAsync(
            Widths,
            SqlValues.Of(schema, HistoryTables.Names),
            static async (reader, token) =>
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
                return await reader.IsDBNullAsync(0, token).ConfigureAwait(false)
                    ? ((long?)null, (long?)null, (long?)null)
                    : (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            },
            cancellationToken).ConfigureAwait(false);
        bool isUniform = least is > 0 && least == most;
        return isUniform
            ? new BesideChoice(BesideKind.Partition, "they become partitions as wide as the existing ones", least!.Value, lower!.Value)
            : new BesideChoice(BesideKind.Partition, "they become partitions of one day", Day);
    }

    private static async Task<BesideChoice?> ChunksAsync(
        QueryRunner runner, string schema, TableLook table, CancellationToken cancellationToken)
    {
        const long Microseconds = 1_000_000;
        (long fitting, long least, long most, long all) = await runner.RunAsync(
            Dimensions,
            SqlValues.Of(schema, HistoryTables.Names),
            static async (reader, token) =>
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
                return await reader.IsDBNullAsync(1, token).ConfigureAwait(false)
                    ? (0L, 0L, 0L, 0L)
                    : (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            },
            cancellationToken).ConfigureAwait(false);
        if (all == 0) return null;
        if (all != HistoryTables.All.Count || fitting != HistoryTables.All.Count)
            return No("not all tables are hypertables by ledger_created_at alone");
        if (least != most || least % Microseconds != 0) return No("the hypertables have different chunk intervals");
        return table.CanAdopt
            ? new BesideChoice(BesideKind.Chunk, "they become chunks", least / Microseconds)
            : No("this version of TimescaleDB cannot turn a table into a chunk");
    }

    private static async Task<BesideChoice> WholeAsync(
        QueryRunner runner, BackfillFill fill, IReadOnlyList<LedgerSpan> missing, CancellationToken cancellationToken) =>
        await BesideCatalog.HasRowsAsync(runner, cancellationToken).ConfigureAwait(false)
            ? No("the tables have rows, and are neither partitioned nor hypertables")
            : Whole(fill, missing);

    private static BesideChoice Whole(BackfillFill fill, IReadOnlyList<LedgerSpan> missing)
    {
        if (missing.Count > 1) return No("the range consists of several separate stretches of missing ledgers");
        if (IsTooSmall(fill, missing)) return TooSmall;
        if (fill == BackfillFill.Auto && missing[0].Count > MostLedgers)
        {
            return No(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"it would be one transaction of more than {MostLedgers:N0} ledgers; --fill beside allows that"));
        }

        return new BesideChoice(BesideKind.Swap, "they replace the empty history tables");
    }

    private static bool IsTooSmall(BackfillFill fill, IReadOnlyList<LedgerSpan> missing) =>
        fill == BackfillFill.Auto && missing.Sum(span => span.Count) < FewestLedgers;

    private static BesideChoice? Unasked(BackfillFill fill, IReadOnlyList<LedgerSpan> missing, bool isStore)
    {
        if (fill == BackfillFill.InPlace) return No("this was requested");
        if (missing.Count == 0) return No("there is nothing to load");
        return isStore ? null : OfStream;
    }

    private static BesideChoice No(string reason) => new(BesideKind.None, reason);

    private readonly record struct TableLook(
        bool IsPartitioned, bool IsOwned, bool IsByTime, bool HasDefault, bool HasTimescale, bool CanAdopt);
}
