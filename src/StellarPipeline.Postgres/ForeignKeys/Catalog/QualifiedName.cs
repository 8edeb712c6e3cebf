namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>A table's schema and name as the catalogue stores them: exact case, without quotes.</summary>
/// <param name="Schema">Schema, for example <c>public</c>.</param>
/// <param name="Name">Table, for example <c>trustline_balances</c>.</param>
public readonly record struct QualifiedName(string Schema, string Name) : IComparable<QualifiedName>
{
    /// <summary>Both parts quoted for SQL, so that no search path can change the meaning.</summary>
    public string Quoted => SqlText.Identifier(Schema) + "." + SqlText.Identifier(Name);

    /// <summary>Orders by schema, then name, byte by byte, so that a plan is the same on every machine.</summary>
    /// <param name="other">The name to compare with.</param>
    public int CompareTo(QualifiedName other)
    {
        int bySchema = string.CompareOrdinal(Schema, other.Schema);
        return bySchema != 0 ? bySchema : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary>Schema and name with quotes only where SQL needs them, for people.</summary>
    public override string ToString() => SqlText.ReadableIdentifier(Schema) + "." + SqlText.ReadableIdentifier(Name);

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    /// <param name="left">First name.</param>
    /// <param name="right">Second name.</param>
    public static bool operator <(QualifiedName left, QualifiedName right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    /// <param name="left">First name.</param>
    /// <param name="right">Second name.</param>
    public static bool operator >(QualifiedName left, QualifiedName right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> sorts before or with <paramref name="right"/>.</summary>
    /// <param name="left">First name.</param>
    /// <param name="right">Second name.</param>
    public static bool operator <=(QualifiedName left, QualifiedName right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> sorts after or with <paramref name="right"/>.</summary>
    /// <param name="left">First name.</param>
    /// <param name="right">Second name.</param>
    public static bool operator >=(QualifiedName left, QualifiedName right) => left.CompareTo(right) >= 0;
}
