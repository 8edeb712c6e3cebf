namespace StellarPipeline.Postgres.Tables;

/// <summary>Compares names of types.</summary>
internal static class TypeName
{
    /// <summary>True if a column of the found type accepts the binary format of one of the expected types.</summary>
    /// <param name="expected">One type, or several joined by |.</param>
    /// <param name="found">As format_type shows it.</param>
    public static bool Matches(string expected, string found)
    {
        foreach (string choice in expected.Split('|', StringSplitOptions.TrimEntries))
        {
            string wanted = Canonical(choice);
            if (wanted == found || (!wanted.Contains('(', StringComparison.Ordinal) && wanted == WithoutModifier(found)))
                return true;
        }

        return false;
    }

    // The modifier can be inside the name: timestamp(3) with time zone.
    private static string WithoutModifier(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        int close = type.IndexOf(')', StringComparison.Ordinal);
        return open < 0 || close < open ? type : type[..open] + type[(close + 1)..];
    }

    private static string Canonical(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        string name = open < 0 ? type : type[..open];
        string rest = open < 0 ? "" : type[open..];
        return name switch
        {
            "int2" => "smallint",
            "int4" or "int" => "integer",
            "int8" => "bigint",
            "bool" => "boolean",
            "decimal" => "numeric",
            "varchar" => "character varying",
            "char" or "bpchar" => "character",
            "float4" => "real",
            "float8" => "double precision",
            "timestamptz" => $"timestamp{rest} with time zone",
            "timestamp" => $"timestamp{rest} without time zone",
            _ => name,
        } + (name is "timestamptz" or "timestamp" ? "" : rest);
    }
}
