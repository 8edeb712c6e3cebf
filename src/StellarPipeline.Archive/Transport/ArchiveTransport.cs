using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Transport;

/// <summary>Finds the transport for the place of an archive.</summary>
public static class ArchiveTransport
{
    /// <summary>
    /// Makes a transport for a folder, given as a path or as a <c>file://</c> URL, or for a server, given as an <c>http://</c> or
    /// <c>https://</c> URL.
    /// </summary>
    /// <param name="location">The archive's root: the place that holds <c>.well-known</c>.</param>
    /// <param name="httpOptions">Time-outs, retries and bounds for a server; null for the defaults.</param>
    /// <returns>The transport. Dispose it if it can be disposed.</returns>
    /// <exception cref="ArchiveException">The place is not one that can be read (kind usage, code ARCHIVE_LOCATION).</exception>
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
