namespace StellarPipeline.Archive.Transport.Http;

/// <summary>What an HTTP status says about a file of an archive.</summary>
public enum HttpStatusMeaning
{
    /// <summary>The answer holds the file, or the part of it that was asked for.</summary>
    Content,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The server, or a proxy before it, refuses the file to this user. It is not asked again.</summary>
    Denied,

    /// <summary>The same request may succeed later: it is tried again.</summary>
    Passing,

    /// <summary>The same request will fail again: it is an error at once.</summary>
    Final,
}
