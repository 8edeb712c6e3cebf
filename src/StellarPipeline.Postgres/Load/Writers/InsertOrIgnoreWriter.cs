using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Adds the rows whose key is not there yet; of rows of one batch with the same key the first one counts.</summary>
/// <remarks>
/// Only the key decides: a row that collides with another unique key of the table is an error, since to ignore it would lose it.
/// </remarks>
internal sealed class InsertOrIgnoreWriter(LoadTransaction load, BatchWriterOptions options) : StagedWriter(load, options, hasMarker: false)
{
    internal override string Statement(StagedTable table, string rows) => Ignore(table, rows);

    internal override string? Doubt(StagedTable table, in WriteAnswer answer) => DoubtOfIgnored(table, answer);

    /// <summary>
    /// Inserts in the order of the key, as every writer does: sessions that share rows wait for each other and do not dead-lock.
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

    /// <summary>A row that was ignored has its key in the table. A trigger can drop a row as well, which looks the same.</summary>
    internal static string? DoubtOfIgnored(StagedTable table, in WriteAnswer answer) => answer.Written == answer.Staged
        ? null
        : $"SELECT count(*) FROM ({table.StagedRows}) AS s WHERE NOT EXISTS (SELECT FROM {table.OnlyTarget} AS o WHERE "
            + $"{table.SameKey("o", "s")})";
}
