using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using static System.FormattableString;

namespace StellarPipeline.Postgres;

/// <summary>Throw helpers of this library. This part: tables that cannot be loaded as they are.</summary>
internal static partial class DatabaseThrow
{
    [DoesNotReturn]
    internal static void TablesDiffer(string server, List<string> differences) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture, $"The tables on {server} differ from what this load needs, in {differences.Count} "
                    + $"point{(differences.Count == 1 ? "" : "s")}: ")
            + string.Join("; ", differences.Select((difference, index) => Invariant($"({index + 1}) {difference}")))
            + ". They may come from another version: run the migrations, or use an empty database. Nothing was changed.");

    [DoesNotReturn]
    internal static void CatalogRestless(string server, int looks, Exception? torn) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"Other sessions changed the tables on {server} during each of {looks} attempts to read them, so no plan could be "
                + $"made. ")
            + "Nothing was changed. Run again when the schema changes are finished.",
            torn);

    /// <summary>The session is read-only. This is found when the load begins, before any other check.</summary>
    [DoesNotReturn]
    internal static void ReadOnly(string server, string why) =>
        throw new LoadRefusedException(
            $"{server} cannot take this load: {why} Nothing was changed.", [new LoadFinding("session", true, why)]);

    [DoesNotReturn]
    internal static void DependentUnseen(string server, Dependent dependent, string refusal) =>
        throw new DatabaseException(
            $"Rows on {server} cannot be deleted: {dependent}, and PostgreSQL ignores it in this session (session_replication_role is "
                + $"replica, and the role may not change that: {refusal}). Nothing was deleted. Use a role whose default is origin.");

    [DoesNotReturn]
    internal static void RowsKept(string server, IReadOnlyList<string> tables) =>
        throw new DatabaseException(
            $"{string.Join(", ", tables)} on {server} still contain rows after DELETE: a trigger or a rule kept them. The transaction is "
                + $"rolled back. Remove the trigger or rule, or empty the tables yourself.");

    [DoesNotReturn]
    internal static void FieldDoesNotFit(string server, RowBatch batch, int index, FieldKind written, string type) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"Batch {batch.Number} of table {batch.Table} writes column {batch.Table.Columns[index]} as {FieldKinds.Name(written)}, "
                        + $"but on {server} the column is {type}. ")
            + $"Nothing of this batch was sent. Write it as the column's type (WriteRaw accepts the bytes of types that have no method "
            + $"here), or change the column.")
        {
            Table = batch.Table, BatchNumber = batch.Number, FirstRow = batch.FirstRow, LastRow = batch.LastRow,
        };

    [DoesNotReturn]
    internal static void MixedKinds(CopyTable table, int column, FieldKind before, FieldKind now) =>
        throw new InvalidOperationException(
            $"Column {table.Columns[column]} of table {table} was written as {FieldKinds.Name(before)} first, and as "
                + $"{FieldKinds.Name(now)} later. Write the same type in every row of a column.");

    [DoesNotReturn]
    internal static void ExpectationTypes(CopyTable table, int types) =>
        throw new ArgumentException(Invariant(
            $"Table {table} has {table.Columns.Count} columns, but {types} types were given. Give one for each column."), nameof(types));
}
