using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Transport;

/// <summary>Creates the transport for the location of an archive.</summary>
public static class ArchiveTransport
{
    /// <summary>
    /// Creates a transport for a folder (a path or a <c>file://</c> URL) or for a server (an <c>http://</c> or <c>https://</c> URL).
    /// </summary>
    /// <param name="location">The archive's root, which contains <c>.well-known</c>.</param>
    /// <param name="httpOptions">Time-outs, retries and limits for a server; null for the defaults.</param>
    /// <returns>The transport. Dispose it if it is disposable.</returns>
    /// <exception cref="ArchiveException">The location cannot be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static IArchiveTransport Create(string location, HttpTransportOptions? httpOptions = null)
    {
        if (string.IsNullOrWhiteSpace(location))
            ArchiveThrow.LocationEmpty();
        int scheme = location.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? new DirectoryTransport(location) : OfUrl(location, location[..scheme], httpOptions);
    }

    private static IArchiveTransport OfUrl(string location, string scheme, HttpTransportOptions? httpOptions)
    {
        if (scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || scheme.Equals("https", StringComparison.OrdinalIgnoreCase))
            return new HttpTransport(location, httpOptions);
        if (!scheme.Equals(Uri.UriSchemeFile, StringComparison.OrdinalIgnoreCase))
            ArchiveThrow.LocationSchemeUnknown(scheme);
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? url) || !string.IsNullOrEmpty(url.Host))
            ArchiveThrow.LocationNotLocal(location);
        return new DirectoryTransport(url.LocalPath);
    }
}
