using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Describes every failure of a request: the problem as a clause, the advice as sentences, and whether waiting may help.</summary>
internal static partial class HttpFailure
{
    private const string TryLater = "Try again later, or name another archive.";
    private const string CheckServer = "Check the URL and the network, or name another archive.";
    private const string CheckProxy = "Check HTTPS_PROXY and HTTP_PROXY.";
    private const string BadServer = "The server violates HTTP: name another archive.";

    public static HttpFailureException NoConnection(TimeSpan bound, Exception error, string? tried = null) =>
        Passing($"no connection was made within {Seconds(bound)}{(tried is null ? "" : $" ({tried})")}", CheckServer, error);

    public static HttpFailureException NoHeaders(TimeSpan bound, Exception error) =>
        Passing($"no answer came within {Seconds(bound)}", TryLater, error);

    public static HttpFailureException Stalled(TimeSpan bound, Exception error) =>
        Passing($"no byte came for {Seconds(bound)}", TryLater, error);

    public static HttpFailureException Broken(Exception error) =>
        Passing($"the connection broke ({Reason(error)})", TryLater, error, isBreak: true);

    public static HttpFailureException CutOff(long missingBytes) =>
        Passing(FormattableString.Invariant($"the answer ended {missingBytes:N0} bytes too early"), TryLater, isBreak: true);

    public static HttpFailureException TooLong(long expectedBytes) =>
        Lasting(ArchiveErrorCode.ReadFailed,
            FormattableString.Invariant($"the answer is longer than the {expectedBytes:N0} bytes that it announced"), BadServer);

    public static HttpFailureException Gone() =>
        Passing("the server no longer has the file, although it gave a part of it before", TryLater);

    public static HttpFailureException OfRequest(HttpRequestException error, RequestContext? context = null)
    {
        string reason = Reason(error.InnerException ?? error);
        string proxy = context?.Proxy is { } place ? $" {place}" : "";
        switch (error.HttpRequestError)
        {
            // A handshake that breaks off is a broken connection; a failed one will fail again.
            case HttpRequestError.SecureConnectionError when error.InnerException is AuthenticationException:
                return Untrusted(error, reason, context);
            case HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError when proxy.Length > 0:
                return Passing($"the proxy{proxy} cannot be reached ({reason})", CheckProxy, error);
            case HttpRequestError.NameResolutionError:
                string host = context is null ? "" : $" {context.Host}";
                return error.InnerException is SocketException { SocketErrorCode: SocketError.TryAgain }
                    ? Passing($"no name server answered for the server's name{host} ({reason})",
                        "Check the network and its name servers, or name another archive.", error)
                    : Passing($"the server's name{host} was not found ({reason})", CheckServer, error);
            case HttpRequestError.ProxyTunnelError when IsDenied(error):
            case HttpRequestError.UserAuthenticationError:
                return Lasting(
                    TransportErrorCode.AccessDenied, $"the proxy{proxy} rejects the connection ({reason})",
                    $"{CheckProxy[..^1]}, and the name and password in them.", (int?)error.StatusCode, error);
            case HttpRequestError.ProxyTunnelError:
                return Passing($"the proxy{proxy} does not connect ({reason})", CheckProxy, error);
            case HttpRequestError.VersionNegotiationError:
            case HttpRequestError.ConfigurationLimitExceeded:
                return Lasting(
                    ArchiveErrorCode.ReadFailed, $"the answer cannot be understood ({reason})", BadServer, innerException: error);
            case HttpRequestError.InvalidResponse when context is { IsSecure: false }:
                return Passing(
                    $"the answer is not HTTP ({reason})", "Must the URL begin with https://? Check it, or name another archive.", error);
            case HttpRequestError.ResponseEnded when context is { IsSecure: false }:
                return Passing($"the connection failed ({reason})",
                    $"{TryLater} If the server speaks TLS at this port, the URL must begin with https://.", error);
            default:
                return Passing($"the connection failed ({reason})", CheckServer, error);
        }
    }

    public static HttpFailureException OfStatus(int status, string? phrase, TimeSpan? retryAfter)
    {
        string problem = FormattableString.Invariant(
            $"the server answered {status}{(string.IsNullOrWhiteSpace(phrase) ? "" : $" ({Printable(phrase)})")}");
        return HttpStatusTable.Of(status, retryAfter is not null) switch
        {
            HttpStatusMeaning.Denied => Lasting(
                TransportErrorCode.AccessDenied,
                problem,
                "Check the URL and the access rights; some stores answer this for a file that does not exist. Or name another archive.",
                status),
            HttpStatusMeaning.Passing =>
                new HttpFailureException(ArchiveErrorCode.ReadFailed, problem, TryLater, mayPass: true, status, retryAfter),
            _ => Lasting(ArchiveErrorCode.ReadFailed, problem, CheckServer, status),
        };
    }

    public static HttpFailureException RedirectToNowhere(int status) =>
        Redirect(FormattableString.Invariant($"the server answered {status}, a redirect, without an http or https URL to go to"));

    public static HttpFailureException RedirectToInsecure(string target) =>
        Redirect($"the server redirects from https to {target}, which is not secure");

    public static HttpFailureException RedirectLoop(string target) => Redirect($"the server redirects in a loop, back to {target}");

    public static HttpFailureException TooManyRedirects(int most) =>
        Redirect(FormattableString.Invariant($"the server redirects more than {most} times"));

    public static HttpFailureException WrongRange(string asked, string given) =>
        Lasting(ArchiveErrorCode.ReadFailed, $"the server was asked for {asked} but sent {given}", BadServer);

    public static HttpFailureException Changed(string difference) => Lasting(
        TransportErrorCode.FileChanged, $"the file changed while it was read: {difference}",
        "Read it again from its start. If that happens often, name another archive.");

    private static HttpFailureException Untrusted(HttpRequestException error, string reason, RequestContext? context)
    {
        if (context?.CertificateProblem is { } problem)
        {
            string advice = context.IsOtherName ? "Use a name of the certificate, or name another archive." : AuthorityAdvice();
            return Lasting(TransportErrorCode.TlsFailed, $"no secure connection is possible ({problem})", advice, innerException: error);
        }

        // Errors of OpenSSL and SslStream if the other side does not speak TLS at all.
        bool isNoTls = reason.Contains("frame size", StringComparison.OrdinalIgnoreCase)
            || reason.Contains("corrupted frame", StringComparison.OrdinalIgnoreCase)
            || reason.Contains("wrong version number", StringComparison.OrdinalIgnoreCase)
            || reason.Contains("packet length", StringComparison.OrdinalIgnoreCase);
        return isNoTls
            ? Lasting(TransportErrorCode.TlsFailed, $"the server does not speak TLS at this port ({reason})",
                "Must the URL begin with http://, or name another port? Check it, or name another archive.", innerException: error)
            : Lasting(
                TransportErrorCode.TlsFailed, $"no secure connection is possible ({reason})", AuthorityAdvice(), innerException: error);
    }

    private static string AuthorityAdvice()
    {
        const string Advice =
            "If the server uses your own certificate authority, add it to the system's certificates or name its file in "
                + "SSL_CERT_FILE; otherwise name another archive.";
        string? file = Environment.GetEnvironmentVariable("SSL_CERT_FILE");
        return string.IsNullOrEmpty(file) ? Advice
            : File.Exists(file) ? $"{Advice} SSL_CERT_FILE is {Printable(file)}."
            : $"SSL_CERT_FILE is {Printable(file)}, which cannot be read: correct it. {Advice}";
    }

    private static bool IsDenied(HttpRequestException error) =>
        error.StatusCode is { } status && HttpStatusTable.Of((int)status) is HttpStatusMeaning.Denied or HttpStatusMeaning.Final;

    private static HttpFailureException Passing(string problem, string advice, Exception? error = null, bool isBreak = false) =>
        new(ArchiveErrorCode.ReadFailed, problem, advice, mayPass: true, innerException: error, isBreak: isBreak);

    private static HttpFailureException Lasting(
        string code, string problem, string advice, int? status = null, Exception? innerException = null) =>
            new(code, problem, advice, mayPass: false, status, innerException: innerException);

    private static HttpFailureException Redirect(string problem) => Lasting(TransportErrorCode.RedirectRefused, problem, CheckServer);

    private static string Seconds(TimeSpan bound) => FormattableString.Invariant($"{bound.TotalSeconds:0.###} s");

    // System messages may name a proxy, and servers may send any text: remove secrets and control characters from both.
    private static string Reason(Exception error) => Printable(UserInformation().Replace(CauseText.Of(error), "//")).TrimEnd('.');

    private static string Printable(string text)
    {
        string line = new([.. text.Select(character => char.IsControl(character) ? ' ' : character)]);
        return line.Length <= 300 ? line : line[..300] + "…";
    }

    [GeneratedRegex(@"//[^/@\s]*@")]
    private static partial Regex UserInformation();
}
