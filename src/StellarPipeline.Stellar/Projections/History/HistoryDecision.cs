namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Cases in which wallet-backend gives up a whole valid ledger, and what is written instead; and cases that no network should write. Each
/// case is counted.
/// </summary>
public enum HistoryDecision
{
    /// <summary>Metadata of version 0: its operations are read like those of version 1.</summary>
    MetaVersion0 = 0,

    /// <summary>Metadata below version 2, a protocol below 10, and changes in the fee phase: the changes are read as they are.</summary>
    EarlyFeeChanges = 1,

    /// <summary>A trustline that is frozen (protocol 26): <c>op_trustline_frozen</c>.</summary>
    TrustlineFrozen = 2,

    /// <summary>A passive offer whose result is in its own arm instead of the arm of a selling offer: its trades are read.</summary>
    PassiveOfferArm = 3,

    /// <summary>
    /// A refund that exceeds the fee. Upstream accepts it and writes CREDIT with the negative number, and so does this projection. No
    /// network is known to have written one.
    /// </summary>
    NegativeFee = 4,
}
