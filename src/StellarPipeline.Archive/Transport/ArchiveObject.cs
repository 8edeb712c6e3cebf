namespace StellarPipeline.Archive.Transport;

/// <summary>An opened file of an archive.</summary>
public sealed class ArchiveObject : IAsyncDisposable
{
    /// <summary>Creates an opened file.</summary>
    /// <param name="content">Its stored bytes; this object disposes the stream.</param>
    /// <param name="location">Full path or URL, for messages.</param>
    /// <param name="lengthBytes">Length of <paramref name="content"/> in bytes; null if the transport does not know it.</param>
    public ArchiveObject(Stream content, string location, long? lengthBytes)
    {
        Content = content;
        Location = location;
        LengthBytes = lengthBytes;
    }

    /// <summary>The stored bytes, which can be read once, forward.</summary>
    public Stream Content { get; }

    /// <summary>Full path or URL, for messages.</summary>
    public string Location { get; }

    /// <summary>Length of <see cref="Content"/> in bytes; null if the transport does not know it.</summary>
    public long? LengthBytes { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
