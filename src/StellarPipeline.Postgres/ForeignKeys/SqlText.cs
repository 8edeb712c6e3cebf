namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>
/// Writes names and literals into SQL text. Identifiers cannot be parameters, so this is the only place that quotes them.
/// </summary>
internal static class SqlText
{
    /// <summary>Always quoted: safe for every name, including key words.</summary>
    public static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>
    /// Quoted only if the name has other characters than lower-case letters, digits and underscores. For messages, not for SQL: key words
    /// are not quoted.
    /// </summary>
    public static string ReadableIdentifier(string name)
    {
        bool plain = name.Length > 0 && name[0] is (>= 'a' and <= 'z') or '_';
        foreach (char letter in name)
            plain &= letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_';
        return plain ? name : Identifier(name);
    }

    /// <summary>A string literal that means the same under both values of standard_conforming_strings.</summary>
    public static string Literal(string text)
    {
        string doubled = text.Replace("'", "''", StringComparison.Ordinal);
        return text.Contains('\\', StringComparison.Ordinal)
            ? " E'" + doubled.Replace("\\", "\\\\", StringComparison.Ordinal) + "'"
            : "'" + doubled + "'";
    }

    /// <summary>Quoted identifiers with commas between them.</summary>
    public static string Identifiers(IEnumerable<string> names) => string.Join(", ", names.Select(Identifier));
}
