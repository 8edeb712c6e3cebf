using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Adds rows, and changes those whose key is there already; of rows of one batch with the same key the last one counts.</summary>
/// <remarks>
/// Where the rows have no column but the key and those that are never updated, a row that is there is left as it is, and counts as ignored.
/// </remarks>
internal sealed class UpsertWriter(LoadTransaction load, BatchWriterOptions options) : StagedWriter(load, options, hasMarker: false)
{
    internal override string Statement(StagedTable table, string rows) => table.Updated.Count == 0
        ? InsertOrIgnoreWriter.Ignore(table, rows)
        : $"""
        WITH staged AS {rows},
        written AS (
          INSERT INTO {table.TargetName} AS t ({table.ColumnList}) {table.Overriding}
          SELECT {table.ColumnList} FROM (SELECT DISTINCT ON ({table.KeyList}) * FROM staged ORDER BY {table.KeyList},
            {CopyTable.Quote(table.Number)} DESC) AS latest
          {OnConflict(table)})
        SELECT (SELECT count(*) FROM staged), count(*), count(*), {NewRows(table)}, 0::bigint, 0::bigint FROM written
        """;

    internal override string? Doubt(StagedTable table, in WriteAnswer answer) => answer.Written == answer.Staged ? null
        : table.Updated.Count == 0 ? InsertOrIgnoreWriter.DoubtOfIgnored(table, answer)
        : string.Create(CultureInfo.InvariantCulture,
            $"SELECT count(*) - {answer.Written} FROM (SELECT DISTINCT {table.KeyList} FROM ({table.StagedRows}) AS s) AS k");

    /// <summary>What becomes of a row whose key is there, and what the statement says of each row.</summary>
    internal static string OnConflict(StagedTable table)
    {
        string returned = table.ShowsNewRows ? "t.xmax = 0" : "NULL::boolean";
        string action = table.Updated.Count == 0
            ? "DO NOTHING"
            : $"DO UPDATE SET "
                + $"{string.Join(
                    ", ", table.Updated.Select(column => $"{SqlText.Identifier(column)} = excluded.{SqlText.Identifier(column)}"))}";
        return $"ON CONFLICT ({table.KeyList}) {action} RETURNING {returned} AS is_new";
    }

    /// <summary>The number of new rows among those of "written"; NULL where the rows do not say it.</summary>
    internal static string NewRows(StagedTable table) =>
        table.Updated.Count == 0 ? "count(*)" : table.ShowsNewRows ? "count(*) FILTER (WHERE is_new)" : "NULL::bigint";
}
