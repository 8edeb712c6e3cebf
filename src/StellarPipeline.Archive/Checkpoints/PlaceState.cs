using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>What one place of an archive says is its newest checkpoint.</summary>
/// <param name="Place">The place.</param>
/// <param name="Newest">The checkpoint's ledger; null when it does not say.</param>
/// <param name="NetworkPassphrase">The network that it names; null for none.</param>
/// <param name="Problem">Why it does not say, as a sentence; null when it does.</param>
internal sealed record PlaceState(IArchiveTransport Place, uint? Newest, string? NetworkPassphrase, string? Problem);
