using System.Net.Security;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Facts about a request besides its error, for messages.</summary>
/// <param name="Host">The name of the server.</param>
/// <param name="Proxy">The proxy of the request, without secrets; null for none.</param>
/// <param name="CertificateProblem">Why the server's certificate was rejected; null if it was not.</param>
/// <param name="IsSecure">True for https.</param>
/// <param name="IsOtherName">True if the only problem with the server's certificate is its name.</param>
internal sealed record RequestContext(string Host, string? Proxy, string? CertificateProblem, bool IsSecure, bool IsOtherName = false)
{
    /// <summary>Collects the facts about a request.</summary>
    public static RequestContext Of(Uri url, CertificateJudge judge)
    {
        Uri? proxy = HttpClient.DefaultProxy.IsBypassed(url) ? null : HttpClient.DefaultProxy.GetProxy(url);
        string? place = proxy is null || proxy == url ? null : proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        (string Text, SslPolicyErrors Errors)? problem = judge.ProblemOf(url.IdnHost);
        return new RequestContext(
            url.IdnHost, place, problem?.Text, url.Scheme == Uri.UriSchemeHttps,
            problem?.Errors == SslPolicyErrors.RemoteCertificateNameMismatch);
    }
}
