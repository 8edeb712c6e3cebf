namespace StellarPipeline.Archive.Ledgers;

/// <summary>A source of ledgers that knows the newest ledger of the network.</summary>
public interface ITipSource
{
    /// <summary>The newest ledger of the network, as last reported; null if not known yet.</summary>
    uint? Tip { get; }
}
