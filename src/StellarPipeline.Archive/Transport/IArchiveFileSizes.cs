using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that can find the size of a file without reading it.</summary>
public interface IArchiveFileSizes
{
    /// <summary>Finds the size of a file.</summary>
    /// <param name="path">A path relative to the archive's root, made by <see cref="ArchivePath"/>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether the file exists, and its size if known.</returns>
    /// <exception cref="ArchiveException">The archive cannot be read.</exception>
    ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken);
}
