using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>
/// Rows of a load refer to rows that do not exist. The transaction must be rolled back, because it contains rows that a foreign key
/// forbids.
/// </summary>
public sealed class ForeignKeyViolationException : ForeignKeyException
{
    internal ForeignKeyViolationException(string message, ForeignKey key, long rows, IReadOnlyList<string> sampleKeys)
        : base(FailureKind.Database, message)
    {
        Key = key;
        Rows = rows;
        SampleKeys = sampleKeys;
    }

    /// <summary>The violated key.</summary>
    public ForeignKey Key { get; }

    /// <summary>Rows of the referencing table that violate it.</summary>
    public long Rows { get; }

    /// <summary>Up to five distinct key values without a referenced row, as <c>(value, value)</c>, NULL written as <c>NULL</c>.</summary>
    public IReadOnlyList<string> SampleKeys { get; }
}
