namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that reads one archive from several locations, and gives access to each of them.</summary>
/// <remarks>
/// Files that never change can be read from any location. The newest archive state changes, so each location must be asked for its own.
/// </remarks>
public interface IArchivePlaces
{
    /// <summary>The locations, in the order in which they were named. This transport owns them.</summary>
    IReadOnlyList<IArchiveTransport> Places { get; }
}
