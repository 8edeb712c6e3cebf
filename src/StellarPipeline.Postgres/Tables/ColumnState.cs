namespace StellarPipeline.Postgres.Tables;

/// <summary>A column as defined in the catalogue.</summary>
/// <param name="Name">Name, unquoted.</param>
/// <param name="Type">Type as format_type shows it, such as <c>character varying(12)</c>.</param>
/// <param name="BaseType">The base type of a domain; otherwise the same as <paramref name="Type"/>.</param>
/// <param name="NotNull">True when NULL is refused.</param>
/// <param name="Default">Expression of the default, or null. An identity column has none.</param>
/// <param name="Identity">True for an identity column.</param>
/// <param name="Generated">True for a stored generated column, which COPY cannot fill.</param>
public sealed record ColumnState(string Name, string Type, string BaseType, bool NotNull, string? Default, bool Identity, bool Generated)
{
    /// <summary>Category of the base type (pg_type.typcategory): S for text and the like, E for an enum.</summary>
    public char Category { get; init; } = ' ';

    /// <summary>Its collation as SQL, with schema; null if it is the database's default, or the type has none.</summary>
    public string? Collation { get; init; }

    /// <summary>True when a row that leaves the column out is refused.</summary>
    public bool MustBeGiven => NotNull && Default is null && !Identity && !Generated;
}
