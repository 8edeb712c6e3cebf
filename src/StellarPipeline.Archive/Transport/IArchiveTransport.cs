using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport;

/// <summary>Opens the files of one history archive, wherever it is.</summary>
/// <remarks>Thread-safe. It does not interpret the files.</remarks>
public interface IArchiveTransport
{
    /// <summary>The location of the archive for messages: a folder or a URL, without secrets.</summary>
    string Location { get; }

    /// <summary>Opens a file for reading from an offset to its end, as it is stored (compressed).</summary>
    /// <param name="path">A path relative to the archive's root, made by <see cref="ArchivePath"/>.</param>
    /// <param name="offset">Bytes to skip, 0 for the whole file. Used to resume a download.</param>
    /// <param name="cancellationToken">Cancels the opening; reading has a token of its own.</param>
    /// <returns>The file, which the caller disposes; null if the archive does not contain it.</returns>
    /// <exception cref="ArchiveException">The file exists, or may exist, but cannot be read (code READ_FAILED).</exception>
    ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken);
}
