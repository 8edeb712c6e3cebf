namespace StellarPipeline.Archive.Ledgers;

/// <summary>A source of ledgers that knows how far the network has come.</summary>
public interface ITipSource
{
    /// <summary>The last ledger of the network, as far as it was told; null before that.</summary>
    uint? Tip { get; }
}
