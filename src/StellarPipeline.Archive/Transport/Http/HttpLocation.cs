using System.Net.Http.Headers;
using System.Text;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>The place of an archive on a server: makes the URLs of its files, and keeps its secrets out of messages.</summary>
/// <remarks>User name, password and query of the URL may be secrets: they are sent to this server only, and never shown.</remarks>
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

    /// <summary>The place, for people: without secrets.</summary>
    public string Text { get; }

    /// <summary>The server's name or address.</summary>
    public string Host => root.IdnHost;

    /// <summary>What the server is told about who asks; null for nothing.</summary>
    public AuthenticationHeaderValue? Authorization { get; }

    /// <summary>Takes a place apart.</summary>
    /// <param name="location">An http or https URL, with or without a slash at its end.</param>
    /// <exception cref="ArchiveException">It is none (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HttpLocation Parse(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? url) || !IsHttp(url) || url.Host.Length == 0)
            throw HttpThrow.LocationInvalid();
        if (url.Fragment.Length > 0)
            throw HttpThrow.LocationWithFragment(Describe(url));
        string place = Describe(url);
        return new HttpLocation(new Uri(place.EndsWith('/') ? place : place + "/"), url.Query, AuthorizationOf(url));
    }

    /// <summary>True for the two schemes that can be read.</summary>
    public static bool IsHttp(Uri url) => url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps;

    /// <summary>A URL for messages: scheme, host, port and path, and nothing that may be a secret.</summary>
    public static string Describe(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>The URL of a file.</summary>
    /// <param name="path">A path inside the archive.</param>
    public Uri Of(string path) => new(root.AbsoluteUri + path + query);

    /// <summary>True when a URL leads to the server that the secrets are for.</summary>
    public bool IsSameServer(Uri url) =>
        Uri.Compare(root, url, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static AuthenticationHeaderValue? AuthorizationOf(Uri url) => url.UserInfo.Length == 0
        ? null
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))));
}
