using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Compares the types as which fields were written with the types of their columns.</summary>
/// <remarks>
/// The server cannot detect a wrong type: the eight bytes of a bigint are also a valid double precision, and the server would store that
/// number. Types are compared by the names that format_type returns. The binary form of a type is the one that its receive function reads
/// (src/backend/utils/adt).
/// </remarks>
internal static class FieldKinds
{
    /// <summary>Whether the type as which a field was written matches the type of the column.</summary>
    public static bool Fits(FieldKind kind, ColumnState column)
    {
        string type = column.BaseType;
        return kind switch
        {
            FieldKind.Unknown => true,
            FieldKind.Boolean => type == "boolean",
            FieldKind.Int16 => type == "smallint",
            FieldKind.Int32 => type == "integer",
            FieldKind.Int64 => type == "bigint",
            FieldKind.Single => type == "real",
            FieldKind.Double => type == "double precision",
            FieldKind.Timestamp => TypeName.Matches("timestamp with time zone|timestamp without time zone", type),
            FieldKind.Bytes => type == "bytea",
            FieldKind.Uuid => type == "uuid",
            FieldKind.Text => column.Category is 'S' or 'E' || type is "json" or "xml",
            FieldKind.Jsonb => type == "jsonb",
            _ => TypeName.Matches("numeric", type),
        };
    }

    /// <summary>The name of a kind, for messages.</summary>
    public static string Name(FieldKind kind) => kind switch
    {
        FieldKind.Boolean => "boolean",
        FieldKind.Int16 => "smallint",
        FieldKind.Int32 => "integer",
        FieldKind.Int64 => "bigint",
        FieldKind.Single => "real",
        FieldKind.Double => "double precision",
        FieldKind.Timestamp => "timestamp",
        FieldKind.Bytes => "bytea",
        FieldKind.Uuid => "uuid",
        FieldKind.Text => "text",
        FieldKind.Jsonb => "jsonb",
        FieldKind.Numeric => "numeric",
        _ => "raw bytes",
    };

    /// <summary>Whether two lists of kinds are equal, so that one list can describe the rows of both pages.</summary>
    public static bool Same(FieldKind[] left, FieldKind[] right) => ReferenceEquals(left, right) || left.AsSpan().SequenceEqual(right);
}
