using System.Globalization;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>
/// Inserts, updates and deletes rows. The last column of the pages, which the table does not have, is true in a row that deletes its key.
/// Of rows of one batch with the same key, the last is used.
/// </summary>
/// <remarks>
/// <para>
/// All keys are processed in one order: a row to be deleted is locked in its turn among the rows that are inserted and updated, and deleted
/// after them. Therefore sessions that write the same rows do not deadlock. CASE prevents the lock from being taken for other rows or in
/// another order.
/// </para>
/// <para>Every part of the statement sees the table as it was when the statement began. If another session meanwhile inserts a row under a
/// deleted key, that row stays, as if it had been inserted later.</para>
/// <para>Rows are deleted last: if a value of another unique key moves from a deleted row to a new one within a batch, the server reports
/// a duplicate.</para>
/// </remarks>
internal sealed class UpsertAndDeleteWriter(LoadTransaction load, BatchWriterOptions options) : StagedWriter(load, options, hasMarker: true)
{
    internal override string Statement(StagedTable table, string rows)
    {
        string gone = SqlText.Identifier(table.Gone);
        return $"""
            WITH staged AS {rows},
            latest AS MATERIALIZED (
              SELECT DISTINCT ON ({table.KeyList}) {table.ColumnList}, {SqlText.Identifier(table.Marker!)} IS TRUE AS {gone}
              FROM staged ORDER BY {table.KeyList}, {SqlText.Identifier(table.Number)} DESC),
            written AS (
              INSERT INTO {table.TargetName} AS t ({table.ColumnList}) {table.Overriding}
              SELECT {table.ColumnList} FROM latest AS s
              WHERE CASE WHEN s.{gone} THEN (SELECT false FROM {table.OnlyTarget} AS o WHERE {table.SameKey("o", "s")} FOR UPDATE) ELSE true
                END
              {UpsertWriter.OnConflict(table)}),
            first AS MATERIALIZED (SELECT count(*) AS written, {UpsertWriter.NewRows(table)} AS inserted FROM written),
            deleted AS (
              DELETE FROM {table.OnlyTarget} AS o USING latest AS s, first WHERE s.{gone} AND {table.SameKey("o", "s")} AND first.written >=
                0 RETURNING 1)
            SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM latest), first.written, first.inserted, (SELECT count(*) FROM latest
              WHERE {gone}), (SELECT count(*) FROM deleted)
            FROM first
            """;
    }

    internal override string? Doubt(StagedTable table, in WriteAnswer answer)
    {
        long unwritten = answer.Keys - answer.Gone - answer.Written;
        if (unwritten == 0 && answer.Deleted == answer.Gone)
            return null;

        // An ignored row need not be written, but must exist; a deleted row must not exist.
        string live = table.Updated.Count > 0
            ? unwritten.ToString(CultureInfo.InvariantCulture)
            : "count(*) FILTER (WHERE NOT is_gone AND NOT is_there)";
        return $"""
            SELECT {live} + count(*) FILTER (WHERE is_gone AND is_there) FROM (
              SELECT {SqlText.Identifier(table.Marker!)} IS TRUE AS is_gone, EXISTS (SELECT FROM {table.OnlyTarget} AS o WHERE
                {table.SameKey("o", "s")}) AS is_there
              FROM (SELECT DISTINCT ON ({table.KeyList}) * FROM ({table.StagedRows}) AS r ORDER BY {table.KeyList},
                {SqlText.Identifier(table.Number)} DESC) AS s) AS found
            """;
    }
}
