namespace StellarPipeline.Archive.Transport;

/// <summary>One opened file of an archive.</summary>
public sealed class ArchiveObject : IAsyncDisposable
{
    /// <summary>Creates an opened file.</summary>
    /// <param name="content">Its bytes as they are stored; owned by this object from now on.</param>
    /// <param name="location">Full path or URL, for messages.</param>
    /// <param name="lengthBytes">Bytes that <paramref name="content"/> will give; null when the transport cannot say.</param>
    public ArchiveObject(Stream content, string location, long? lengthBytes)
    {
        Content = content;
        Location = location;
        LengthBytes = lengthBytes;
    }

    /// <summary>The bytes as they are stored, to be read once, forwards.</summary>
    public Stream Content { get; }

    /// <summary>Full path or URL, for messages.</summary>
    public string Location { get; }

    /// <summary>Bytes that <see cref="Content"/> will give; null when the transport cannot say.</summary>
    public long? LengthBytes { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
