namespace StellarPipeline.Stellar.Projections.History;

/// <summary>What makes wallet-backend give up a whole ledger although the ledger is valid, and what is written instead; and what
/// no network should write. Each case is counted.</summary>
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

    /// <summary>A refund that is more than the fee. Upstream does not stop here: its row says CREDIT with the negative number, and so does
    /// ours. No network is known to have written one.</summary>
    NegativeFee = 4,
}
