using System.Diagnostics.CodeAnalysis;
using static System.FormattableString;

namespace StellarPipeline.Postgres;

/// <summary>Throw sites of this library. This part: tables that cannot be loaded as they are.</summary>
internal static partial class DatabaseThrow
{
    [DoesNotReturn]
    internal static void TablesDiffer(string server, List<string> differences) =>
        throw new DatabaseException(
            Invariant($"The tables on {server} are not as this load needs them, in {differences.Count} point{(differences.Count == 1 ? "" : "s")}: ")
            + string.Join("; ", differences.Select((difference, index) => Invariant($"({index + 1}) {difference}")))
            + ". They may come from another version: run the migrations, or use an empty database. Nothing was changed.");

    [DoesNotReturn]
    internal static void ExpectationTypes(CopyTable table, int types) =>
        throw new ArgumentException(Invariant($"Table {table} has {table.Columns.Count} columns, but {types} types were given. Give one for each column."), nameof(types));
}
