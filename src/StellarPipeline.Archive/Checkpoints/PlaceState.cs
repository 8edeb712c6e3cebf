using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>What one location of an archive names as its newest checkpoint.</summary>
/// <param name="Place">The location.</param>
/// <param name="Newest">The checkpoint's ledger; null if it names none.</param>
/// <param name="NetworkPassphrase">The network that it names; null if it names none.</param>
/// <param name="Problem">Why it names no checkpoint, as a sentence; null if it does.</param>
internal sealed record PlaceState(IArchiveTransport Place, uint? Newest, string? NetworkPassphrase, string? Problem);
