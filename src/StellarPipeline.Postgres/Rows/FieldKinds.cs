using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Compares what fields were written as with the columns that they go to.</summary>
/// <remarks>
/// The server cannot do it: eight bytes of an integer are a valid double, and it stores what they mean there. Types: pg_type, by the name
/// that format_type gives; the bytes of each are those of its receive function (src/backend/utils/adt).
/// </remarks>
internal static class FieldKinds
{
    /// <summary>Whether a field goes into a column as what it was written as.</summary>
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

    /// <summary>How a field was written, for messages.</summary>
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

    /// <summary>Whether two rows, or the rows of two pages, may follow each other under one list of kinds.</summary>
    public static bool Same(FieldKind[] left, FieldKind[] right) => ReferenceEquals(left, right) || left.AsSpan().SequenceEqual(right);
}
