namespace StellarPipeline.Postgres.Rows;

/// <summary>What a field of a row was written as.</summary>
internal enum FieldKind : byte
{
    /// <summary>Nothing that says its type: NULL, bytes that the caller laid out, or no field yet.</summary>
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
