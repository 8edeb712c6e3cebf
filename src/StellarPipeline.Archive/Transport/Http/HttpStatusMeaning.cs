namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The meaning of an HTTP status for a file of an archive.</summary>
public enum HttpStatusMeaning
{
    /// <summary>The response contains the file, or the requested part of it.</summary>
    Content,

    /// <summary>The file does not exist.</summary>
    Missing,

    /// <summary>The server, or a proxy before it, denies this user access to the file. The request is not repeated.</summary>
    Denied,

    /// <summary>The same request may succeed later: it is repeated.</summary>
    Passing,

    /// <summary>The same request will fail again: an error is thrown at once.</summary>
    Final,
}
