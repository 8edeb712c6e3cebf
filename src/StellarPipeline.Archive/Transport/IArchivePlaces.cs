namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that reads one archive from several places, and can ask each of them alone.</summary>
/// <remarks>
/// Any place will do for a file that never changes. What changes, the newest archive state, must be asked of all: each gives its own.
/// </remarks>
public interface IArchivePlaces
{
    /// <summary>The places, in the order in which they were named. They belong to this transport.</summary>
    IReadOnlyList<IArchiveTransport> Places { get; }
}
