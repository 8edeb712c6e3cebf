namespace StellarPipeline.Archive.Transport.Http;

/// <summary>
/// One failed attempt to read from a server; the inner exception of the <see cref="ArchiveException"/> that ends the read.
/// </summary>
public sealed class HttpFailureException : IOException
{
    internal HttpFailureException(
        string code,
        string problem,
        string advice,
        bool mayPass,
        int? statusCode = null,
        TimeSpan? retryAfter = null,
        Exception? innerException = null,
        bool isBreak = false)
        : base(problem, innerException)
    {
        Code = code;
        Advice = advice;
        MayPass = mayPass;
        StatusCode = statusCode;
        RetryAfter = retryAfter;
        IsBreak = isBreak;
    }

    /// <summary>What went wrong: <see cref="ArchiveErrorCode.ReadFailed"/> or one of <see cref="TransportErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>What to do about it, in one or more sentences.</summary>
    public string Advice { get; }

    /// <summary>True if the same request may succeed later.</summary>
    public bool MayPass { get; }

    /// <summary>The HTTP status; null if there was no response.</summary>
    public int? StatusCode { get; }

    /// <summary>How long the server asks clients to wait (RFC 9110, section 10.2.3); null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>True if an established connection broke.</summary>
    internal bool IsBreak { get; }
}
