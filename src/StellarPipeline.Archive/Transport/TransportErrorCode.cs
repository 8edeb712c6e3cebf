namespace StellarPipeline.Archive.Transport;

/// <summary>
/// The values of <see cref="ArchiveException.Code"/> for archives on a network, in addition to <see cref="ArchiveErrorCode.ReadFailed"/>.
/// </summary>
public static class TransportErrorCode
{
    /// <summary>The server, or a proxy before it, denies access to the file (such as HTTP 401, 403, 407).</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>
    /// No secure connection is possible: the certificate is not trusted, or the two sides have no protocol version in common.
    /// </summary>
    public const string TlsFailed = "TLS_FAILED";

    /// <summary>The server redirects in a loop, too often, to something that is not an http or https URL, or from https to http.</summary>
    public const string RedirectRefused = "REDIRECT_REFUSED";

    /// <summary>A file changed while it was read, or no mirror stores the same bytes: read it again from its start.</summary>
    public const string FileChanged = "FILE_CHANGED";

    /// <summary>Every mirror delivered wrong bytes for the file.</summary>
    public const string WrongContent = "WRONG_CONTENT";
}
