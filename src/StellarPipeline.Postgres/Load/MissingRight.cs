namespace StellarPipeline.Postgres.Load;

/// <summary>A privilege that a role lacks for a load.</summary>
/// <param name="Privilege">The privilege, as GRANT names it.</param>
/// <param name="Kind">The kind of object, as GRANT names it: SEQUENCE or FUNCTION; empty for a table.</param>
/// <param name="Name">Its name, quoted and with its schema.</param>
/// <param name="Role">The role, quoted.</param>
public sealed record MissingRight(string Privilege, string Kind, string Name, string Role)
{
    /// <summary>Makes a script that grants all missing privileges, for the owner of the tables to run.</summary>
    /// <param name="findings">The findings of the checks.</param>
    /// <returns>One GRANT statement per line; empty if no privilege is missing.</returns>
    public static string Script(IEnumerable<LoadFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        IEnumerable<(MissingRight Any, string Privileges)> objects = findings.SelectMany(finding => finding.Missing).Distinct()
            .GroupBy(right => (right.Kind, right.Name, right.Role))
            .Select(rights => (rights.First(), string.Join(", ", rights.Select(right => right.Privilege).Order(StringComparer.Ordinal))));
        return string.Join('\n', objects.GroupBy(one => (one.Any.Kind, one.Any.Role, one.Privileges)).Select(
            group => $"GRANT {group.Key.Privileges} ON {(group.Key.Kind.Length == 0 ? "" : $"{group.Key.Kind} ")}"
                + $"{string.Join(", ", group.Select(one => one.Any.Name))} TO {group.Key.Role};"));
    }

    /// <summary>The script as the end of an error message; empty if no privilege is missing.</summary>
    /// <param name="findings">The findings of the checks.</param>
    public static string Advice(IEnumerable<LoadFinding> findings) =>
        Script(findings) is { Length: > 0 } script ? $" All rights that are missing, for the owner of the tables to run:\n{script}" : "";
}
