using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that can tell the size of a file without reading it.</summary>
public interface IArchiveFileSizes
{
    /// <summary>Finds the size of a file.</summary>
    /// <param name="path">A path relative to the archive's root, made by <see cref="ArchivePath"/>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether there is such a file, and its size where it is known.</returns>
    /// <exception cref="ArchiveException">The archive cannot be asked.</exception>
    ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken);
}
