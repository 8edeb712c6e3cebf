using System.Net.Security;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>What is known of a request beside its error, to say what failed, where, and what to do.</summary>
/// <param name="Host">The name of the server.</param>
/// <param name="Proxy">The proxy that the request goes through, without secrets; null for none.</param>
/// <param name="CertificateProblem">Why the server's certificate was refused; null where it was not.</param>
/// <param name="IsSecure">True for https.</param>
/// <param name="IsOtherName">True if nothing is wrong with the server's certificate but that it is for another name.</param>
internal sealed record RequestContext(string Host, string? Proxy, string? CertificateProblem, bool IsSecure, bool IsOtherName = false)
{
    /// <summary>Collects what is known of a request.</summary>
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
