using System.Net.Http.Headers;

namespace StellarPipeline.Archive;

/// <summary>What tells two versions of a file on a server apart.</summary>
/// <param name="TotalBytes">Size of the whole file; null when the server does not say.</param>
/// <param name="EntityTag">Its strong entity tag (RFC 9110, section 8.8.3); null when the server gives none, or a weak one, which says nothing about
/// bytes.</param>
internal sealed record HttpFileIdentity(long? TotalBytes, EntityTagHeaderValue? EntityTag)
{
    /// <summary>Reads the identity from an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="totalBytes">Size of the whole file, as the answer says it.</param>
    public static HttpFileIdentity Of(HttpResponseMessage response, long? totalBytes) =>
        new(totalBytes, response.Headers.ETag is { IsWeak: false } tag ? tag : null);

    /// <summary>Joins what two answers about the same file say.</summary>
    /// <param name="later">The later answer.</param>
    /// <returns>What is known now.</returns>
    /// <exception cref="HttpFailureException">They contradict each other.</exception>
    public HttpFileIdentity Join(HttpFileIdentity later)
    {
        if (TotalBytes is { } before && later.TotalBytes is { } after && before != after)
            throw HttpFailure.Changed(FormattableString.Invariant($"it had {before:N0} bytes and has {after:N0} now"));
        if (EntityTag is not null && later.EntityTag is not null && !EntityTag.Equals(later.EntityTag))
            throw HttpFailure.Changed("the server gives it another entity tag now");
        return new HttpFileIdentity(TotalBytes ?? later.TotalBytes, EntityTag ?? later.EntityTag);
    }
}
