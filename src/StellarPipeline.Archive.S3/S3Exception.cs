using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.S3;

/// <summary>Requests to a private bucket cannot be signed: there are no credentials, or they cannot be had.</summary>
public sealed class S3Exception : PipelineException
{
    internal S3Exception(string message, Exception? innerException = null)
        : base(FailureKind.Usage, message, innerException)
    {
    }
}
