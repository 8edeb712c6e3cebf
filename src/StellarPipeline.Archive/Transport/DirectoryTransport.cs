using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport;

/// <summary>Reads an archive in a folder.</summary>
public sealed class DirectoryTransport : IArchiveTransport
{
    /// <summary>Creates a transport for a folder.</summary>
    /// <param name="root">The folder that contains <c>.well-known</c>.</param>
    /// <exception cref="ArchiveException">The folder does not exist (kind usage, code ARCHIVE_LOCATION).</exception>
    public DirectoryTransport(string root)
    {
        Location = Path.GetFullPath(root);
        if (!Directory.Exists(Location))
            ArchiveThrow.LocationNotADirectory(Location);
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArchivePath.Require(path);
        cancellationToken.ThrowIfCancellationRequested();
        string file = Path.Combine(Location, path);
        try
        {
            // No buffer in the stream: every reader of an archive file reads large blocks.
            var content = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            });
            content.Position = offset;
            return ValueTask.FromResult<ArchiveObject?>(new ArchiveObject(content, file, Math.Max(0, content.Length - offset)));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult<ArchiveObject?>(null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ArchiveThrow.ReadFailed(file, error);
        }
    }
}
