using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Cli.Output;

/// <summary>Shows what <c>migrate down</c> would do.</summary>
internal static class MigrationDownText
{
    public static IEnumerable<string> Render(MigrationDownPlan plan)
    {
        yield return $"In schema {plan.Schema}, the last {plan.Files.Count} applied migration(s) by name would be reverted, in this "
            + $"order:";
        foreach (MigrationDownFile file in plan.Files)
        {
            yield return $"  {file.Name}";
            foreach (MigrationDownTable table in file.Tables) yield return $"    drops table {table.Name} with {Rows(table)}";
            foreach (string statement in file.Statements)
                yield return $"    runs: {string.Join(' ', statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}";
            if (file.Statements.Count == 0) yield return "    runs nothing: only its record is deleted";
        }

        foreach (string dependent in plan.Dependents)
            yield return $"Not part of the migrations; would be dropped too, or prevents this: {dependent}";
        foreach (string remark in plan.Remarks) yield return $"Note: {remark}";
    }

    private static string Rows(MigrationDownTable table) => table.Rows is { } rows
        ? FormattableString.Invariant(
            $"{(table.RowsMayBeMore ? "at least " : "")}{rows:N0} rows{(table.RowsMayBeMore ? ": row-level security may hide some" : "")}")
        : "rows that this role may not count";
}
