using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.S3;

/// <summary>Requests to a private bucket cannot be signed: no credentials were found, or they could not be loaded.</summary>
public sealed class S3Exception : PipelineException
{
    internal S3Exception(string message, Exception? innerException = null)
        : base(FailureKind.Usage, message, innerException)
    {
    }
}
