namespace StellarPipeline.Archive.Transport;

/// <summary>
/// The values of <see cref="ArchiveException.Code"/> that only archives behind a network give, beside
/// <see cref="ArchiveErrorCode.ReadFailed"/>.
/// </summary>
public static class TransportErrorCode
{
    /// <summary>The server, or a proxy before it, refuses the file (HTTP 401, 403, 407).</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>No secure connection can be made: the certificate is not trusted, or the two sides have no protocol in common.</summary>
    public const string TlsFailed = "TLS_FAILED";

    /// <summary>The server redirects in a loop, too often, to a place that is no URL, or from https to http.</summary>
    public const string RedirectRefused = "REDIRECT_REFUSED";

    /// <summary>A file changed while it was read, or no mirror stores the same bytes: it must be read again from its start.</summary>
    public const string FileChanged = "FILE_CHANGED";

    /// <summary>Every mirror gave bytes that are not those of the file.</summary>
    public const string WrongContent = "WRONG_CONTENT";
}
