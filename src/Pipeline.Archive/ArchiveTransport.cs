namespace Pipeline.Archive;

/// <summary>Finds the transport for the place of an archive.</summary>
public static class ArchiveTransport
{
    /// <summary>Makes a transport for a folder, given as a path or as a <c>file://</c> URL.</summary>
    /// <param name="location">The archive's root: the folder that holds <c>.well-known</c>.</param>
    /// <returns>The transport.</returns>
    /// <exception cref="ArchiveException">The place is not one that can be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static IArchiveTransport Create(string location)
    {
        if (string.IsNullOrWhiteSpace(location))
            ArchiveThrow.LocationEmpty();
        int scheme = location.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? new DirectoryTransport(location) : OfUrl(location, location[..scheme]);
    }

    private static DirectoryTransport OfUrl(string location, string scheme)
    {
        if (scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || scheme.Equals("https", StringComparison.OrdinalIgnoreCase))
            ArchiveThrow.LocationNotYetSupported(scheme);
        if (!scheme.Equals(Uri.UriSchemeFile, StringComparison.OrdinalIgnoreCase))
            ArchiveThrow.LocationSchemeUnknown(scheme);
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? url) || !string.IsNullOrEmpty(url.Host))
            ArchiveThrow.LocationNotLocal(location);
        return new DirectoryTransport(url.LocalPath);
    }
}
