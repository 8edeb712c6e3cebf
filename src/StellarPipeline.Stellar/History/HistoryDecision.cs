namespace StellarPipeline.Stellar.History;

/// <summary>What makes wallet-backend give up a whole ledger although the ledger is valid, and what is written instead. Each case is
/// counted.</summary>
public enum HistoryDecision
{
    /// <summary>Metadata of version 0: its operations are read like those of version 1.</summary>
    MetaVersion0 = 0,

    /// <summary>Metadata below version 2, a protocol below 10 and changes of the fee phase: the changes are read as they are.</summary>
    EarlyFeeChanges = 1,

    /// <summary>A trustline that is frozen (protocol 26): <c>op_trustline_frozen</c>.</summary>
    TrustlineFrozen = 2,

    /// <summary>A passive offer whose result stands in its own arm instead of that of a selling offer: its trades are read.</summary>
    PassiveOfferArm = 3,
}
