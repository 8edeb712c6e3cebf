using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>The foreign keys of the tables do not allow the load, or a strategy was used incorrectly.</summary>
public class ForeignKeyException : PipelineException
{
    internal ForeignKeyException(FailureKind kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
