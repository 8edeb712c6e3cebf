using System.Net;
using System.Security.Authentication;
using System.Text.RegularExpressions;

namespace StellarPipeline.Archive;

/// <summary>Words for everything that can go wrong with one request: the problem as a clause, the advice as sentences, and whether waiting may help.</summary>
internal static partial class HttpFailure
{
    private const string TryLater = "Try again later, or name another archive.";
    private const string CheckServer = "Check the URL and the network, or name another archive.";
    private const string BadServer = "The server does not keep to HTTP: name another archive.";

    public static HttpFailureException NoConnection(TimeSpan bound, Exception error) =>
        Passing($"no connection was made within {Seconds(bound)}", CheckServer, error);

    public static HttpFailureException NoHeaders(TimeSpan bound, Exception error) =>
        Passing($"no answer came within {Seconds(bound)}", TryLater, error);

    public static HttpFailureException Stalled(TimeSpan bound, Exception error) =>
        Passing($"no byte came for {Seconds(bound)}", TryLater, error);

    public static HttpFailureException Broken(Exception error) =>
        Passing($"the connection broke ({Reason(error)})", TryLater, error, isBreak: true);

    public static HttpFailureException CutOff(long missingBytes) =>
        Passing(FormattableString.Invariant($"the answer ended {missingBytes:N0} bytes too early"), TryLater, isBreak: true);

    public static HttpFailureException TooLong(long expectedBytes) =>
        Lasting(ArchiveErrorCode.ReadFailed, FormattableString.Invariant($"the answer is longer than the {expectedBytes:N0} bytes that it announced"), BadServer);

    public static HttpFailureException Gone() =>
        Passing("the server has the file no more, of which it gave a part before", TryLater);

    public static HttpFailureException OfRequest(HttpRequestException error)
    {
        string reason = Reason(error.InnerException ?? error);
        switch (error.HttpRequestError)
        {
            // A handshake that is cut off is a broken connection; one that is refused will be refused again.
            case HttpRequestError.SecureConnectionError when error.InnerException is AuthenticationException:
                return Lasting(
                    TransportErrorCode.TlsFailed,
                    $"no secure connection can be made ({reason})",
                    "If the server uses a certificate authority of your own, add it to the system's certificates or name its file in SSL_CERT_FILE; else name another archive.",
                    innerException: error);
            case HttpRequestError.NameResolutionError:
                return Passing($"the server's name was not found ({reason})", CheckServer, error);
            case HttpRequestError.ProxyTunnelError when error.StatusCode is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Forbidden:
            case HttpRequestError.UserAuthenticationError:
                return Lasting(
                    TransportErrorCode.AccessDenied,
                    $"the proxy refuses the connection ({reason})",
                    "Check HTTPS_PROXY and HTTP_PROXY, and the name and password in them.",
                    (int?)error.StatusCode,
                    error);
            case HttpRequestError.ProxyTunnelError:
                return Passing($"the proxy makes no connection ({reason})", "Check HTTPS_PROXY and HTTP_PROXY.", error);
            case HttpRequestError.VersionNegotiationError:
            case HttpRequestError.ConfigurationLimitExceeded:
                return Lasting(ArchiveErrorCode.ReadFailed, $"the answer cannot be understood ({reason})", BadServer, innerException: error);
            default:
                return Passing($"the connection failed ({reason})", CheckServer, error);
        }
    }

    public static HttpFailureException OfStatus(int status, string? phrase, TimeSpan? retryAfter)
    {
        string problem = FormattableString.Invariant($"the server answered {status}{(string.IsNullOrWhiteSpace(phrase) ? "" : $" ({Printable(phrase)})")}");
        return HttpStatusTable.Of(status, retryAfter is not null) switch
        {
            HttpStatusMeaning.Denied => Lasting(
                TransportErrorCode.AccessDenied,
                problem,
                "Check the URL and the access rights; some stores answer so for a file that does not exist. Or name another archive.",
                status),
            HttpStatusMeaning.Passing => new HttpFailureException(ArchiveErrorCode.ReadFailed, problem, TryLater, mayPass: true, status, retryAfter),
            _ => Lasting(ArchiveErrorCode.ReadFailed, problem, CheckServer, status),
        };
    }

    public static HttpFailureException RedirectToNowhere(int status) =>
        Redirect(FormattableString.Invariant($"the server answered {status}, a redirect, without an http or https URL to go to"));

    public static HttpFailureException RedirectToInsecure(string target) => Redirect($"the server redirects from https to {target}, which is not secure");

    public static HttpFailureException RedirectLoop(string target) => Redirect($"the server redirects in a circle, back to {target}");

    public static HttpFailureException TooManyRedirects(int most) => Redirect(FormattableString.Invariant($"the server redirects more than {most} times"));

    public static HttpFailureException WrongRange(string asked, string given) =>
        Lasting(ArchiveErrorCode.ReadFailed, $"the server was asked for {asked} and gave {given}", BadServer);

    public static HttpFailureException Changed(string difference) => Lasting(
        TransportErrorCode.FileChanged, $"the file changed while it was read: {difference}", "Read it again from its start. If that happens often, name another archive.");

    private static HttpFailureException Passing(string problem, string advice, Exception? error = null, bool isBreak = false) =>
        new(ArchiveErrorCode.ReadFailed, problem, advice, mayPass: true, innerException: error, isBreak: isBreak);

    private static HttpFailureException Lasting(string code, string problem, string advice, int? status = null, Exception? innerException = null) =>
        new(code, problem, advice, mayPass: false, status, innerException: innerException);

    private static HttpFailureException Redirect(string problem) => Lasting(TransportErrorCode.RedirectRefused, problem, CheckServer);

    private static string Seconds(TimeSpan bound) => FormattableString.Invariant($"{bound.TotalSeconds:0.###} s");

    // Text of the system may name a proxy, and a server may say what it likes: neither brings secrets or control characters into a message.
    private static string Reason(Exception error) => Printable(UserInformation().Replace(error.Message, "//")).TrimEnd('.');

    private static string Printable(string text)
    {
        string line = new([.. text.Select(character => char.IsControl(character) ? ' ' : character)]);
        return line.Length <= 300 ? line : line[..300] + "…";
    }

    [GeneratedRegex(@"//[^/@\s]*@")]
    private static partial Regex UserInformation();
}
