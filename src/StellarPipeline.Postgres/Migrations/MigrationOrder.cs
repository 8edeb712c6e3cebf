using System.Globalization;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Reports migrations whose order is unexpected.</summary>
internal static class MigrationOrder
{
    /// <summary>Remarks on files that are to be reverted.</summary>
    /// <param name="state">The recorded state.</param>
    /// <param name="files">Names of the files, in the order in which they are reverted.</param>
    /// <param name="known">Names of all files of the sets.</param>
    public static List<string> Remarks(MigrationState state, IReadOnlyList<string> files, IReadOnlySet<string> known)
    {
        var remarks = new List<string>();
        if (files.Count == 0)
            return remarks;
        var applied = state.TrackingTables.Values.SelectMany(rows => rows).Where(row => row.Value is not null)
            .Select(row => (Name: row.Key, At: row.Value!.Value)).DistinctBy(row => row.Name).ToList();
        foreach (string file in files)
        {
            // Files of one run may have the same time, and two tools may use two clocks, so only a later time is significant.
            if (state.Find(file)?.AppliedAt is not { } at)
                continue;
            var later = applied.Where(other => other.At > at && known.Contains(other.Name) && Migration.CompareNames(other.Name, file) < 0)
                .Select(other => other.Name).ToList();
            if (later.Count > 0)
            {
                remarks.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file} is reverted in name order, but was applied ({at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z) before "
                        + $"{string.Join(", ", later)}: the order of application was different."));
            }
        }

        string last = files[^1];
        var unknown = state.TrackingTables.Values.SelectMany(rows => rows.Keys)
            .Where(name => !known.Contains(name) && Migration.CompareNames(name, last) > 0)
            .Distinct(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            remarks.Add($"Applied by another tool, later by name, and not changed: {string.Join(", ", unknown)}.");
        return remarks;
    }
}
