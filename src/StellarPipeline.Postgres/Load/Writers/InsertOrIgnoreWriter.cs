using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Inserts rows whose key does not exist yet. If rows of one batch have the same key, the first one is inserted.</summary>
/// <remarks>
/// Only the key decides. A row that violates another unique key of the table is an error, because ignoring it would lose it.
/// </remarks>
internal sealed class InsertOrIgnoreWriter(LoadTransaction load, BatchWriterOptions options) : StagedWriter(load, options, hasMarker: false)
{
    internal override string Statement(StagedTable table, string rows) => Ignore(table, rows);

    internal override string? Doubt(StagedTable table, in WriteAnswer answer) => DoubtOfIgnored(table, answer);

    /// <summary>
    /// Inserts in the order of the key, as every writer does, so that sessions that write the same rows do not deadlock.
    /// </summary>
    internal static string Ignore(StagedTable table, string rows) =>
        $"""
        WITH staged AS {rows},
        written AS (
          INSERT INTO {table.TargetName} ({table.ColumnList}) {table.Overriding}
          SELECT {table.ColumnList} FROM staged ORDER BY {table.KeyList}, {CopyTable.Quote(table.Number)}
          ON CONFLICT ({table.KeyList}) DO NOTHING RETURNING 1)
        SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM written), (SELECT count(*) FROM written), (SELECT count(*) FROM
          written), 0::bigint, 0::bigint
        """;

    /// <summary>
    /// Checks that the keys of ignored rows exist in the table: a row dropped by a trigger looks the same as an ignored row.
    /// </summary>
    internal static string? DoubtOfIgnored(StagedTable table, in WriteAnswer answer) => answer.Written == answer.Staged
        ? null
        : $"SELECT count(*) FROM ({table.StagedRows}) AS s WHERE NOT EXISTS (SELECT FROM {table.OnlyTarget} AS o WHERE "
            + $"{table.SameKey("o", "s")})";
}
