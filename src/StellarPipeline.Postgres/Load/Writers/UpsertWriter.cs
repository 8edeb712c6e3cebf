using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Inserts rows and updates rows whose key already exists. Of rows of one batch with the same key, the last is used.</summary>
/// <remarks>
/// If the rows have only key columns and columns that are never updated, an existing row stays unchanged and counts as ignored.
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

    /// <summary>The ON CONFLICT and RETURNING clauses: the action for an existing key, and the result for each row.</summary>
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

    /// <summary>The number of new rows among those of "written"; NULL if the rows do not show it.</summary>
    internal static string NewRows(StagedTable table) =>
        table.Updated.Count == 0 ? "count(*)" : table.ShowsNewRows ? "count(*) FILTER (WHERE is_new)" : "NULL::bigint";
}
