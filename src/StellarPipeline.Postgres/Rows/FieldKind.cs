namespace StellarPipeline.Postgres.Rows;

/// <summary>The type as which a field of a row was written.</summary>
internal enum FieldKind : byte
{
    /// <summary>No type is known: NULL, bytes that the caller encoded, or no field yet.</summary>
    Unknown,
    Boolean,
    Int16,
    Int32,
    Int64,
    Single,
    Double,
    Timestamp,
    Bytes,
    Uuid,
    Text,
    Jsonb,
    Numeric,
}
