using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>A load that the foreign keys of its tables do not allow, or a strategy used in a way it cannot work.</summary>
public class ForeignKeyException : PipelineException
{
    internal ForeignKeyException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
