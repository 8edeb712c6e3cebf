using System.Net.Http.Headers;
using System.Text;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The location of an archive on a server: builds the URLs of its files, and keeps secrets out of messages.</summary>
/// <remarks>User name, password and query of the URL may be secrets: they are sent only to this server, and never shown.</remarks>
internal sealed class HttpLocation
{
    private readonly Uri root;
    private readonly string query;

    private HttpLocation(Uri root, string query, AuthenticationHeaderValue? authorization)
    {
        this.root = root;
        this.query = query;
        Authorization = authorization;
        Text = Describe(root);
    }

    /// <summary>The location for messages, without secrets.</summary>
    public string Text { get; }

    /// <summary>The server's name or IP address.</summary>
    public string Host => root.IdnHost;

    /// <summary>The Authorization header for the server; null for none.</summary>
    public AuthenticationHeaderValue? Authorization { get; }

    /// <summary>Parses a location.</summary>
    /// <param name="location">An http or https URL, with or without a slash at its end.</param>
    /// <exception cref="ArchiveException">It is not such a URL (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HttpLocation Parse(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? url) || !IsHttp(url) || url.Host.Length == 0)
            throw HttpThrow.LocationInvalid();
        if (url.Fragment.Length > 0)
            throw HttpThrow.LocationWithFragment(Describe(url));
        string place = Describe(url);
        return new HttpLocation(new Uri(place.EndsWith('/') ? place : place + "/"), url.Query, AuthorizationOf(url));
    }

    /// <summary>True for http and https.</summary>
    public static bool IsHttp(Uri url) => url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps;

    /// <summary>A URL for messages: scheme, host, port and path, without parts that may be secret.</summary>
    public static string Describe(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>The URL of a file.</summary>
    /// <param name="path">A path inside the archive.</param>
    public Uri Of(string path) => new(root.AbsoluteUri + path + query);

    /// <summary>True if a URL leads to the server that the secrets are meant for.</summary>
    public bool IsSameServer(Uri url) =>
        Uri.Compare(root, url, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static AuthenticationHeaderValue? AuthorizationOf(Uri url) => url.UserInfo.Length == 0
        ? null
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))));
}
