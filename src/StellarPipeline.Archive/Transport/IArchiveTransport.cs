using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport;

/// <summary>Opens the files of one history archive, wherever it is.</summary>
/// <remarks>Safe for use by several callers at once. It knows nothing of what the files mean.</remarks>
public interface IArchiveTransport
{
    /// <summary>Where the archive is, for people: a folder or a URL, without secrets.</summary>
    string Location { get; }

    /// <summary>Opens a file and reads it from an offset to its end, as it is stored (still compressed).</summary>
    /// <param name="path">A path relative to the archive's root, made by <see cref="ArchivePath"/>.</param>
    /// <param name="offset">Bytes to pass over, 0 for the whole file. Meant for resuming a download.</param>
    /// <param name="cancellationToken">Cancels the opening; reading has a token of its own.</param>
    /// <returns>The file, which the caller disposes; null when the archive has no such file.</returns>
    /// <exception cref="ArchiveException">The file is there, or may be, and cannot be read (code READ_FAILED).</exception>
    ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken);
}
