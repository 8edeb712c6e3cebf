namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The 27 kinds of operation.</summary>
/// <remarks>Values are the discriminants of <c>OperationType</c> in Stellar-transaction.x.</remarks>
public enum OperationType
{
    /// <summary>Makes an account.</summary>
    CreateAccount = 0,

    /// <summary>Sends an amount of an asset.</summary>
    Payment = 1,

    /// <summary>Sends by way of offers and pools; what arrives is fixed.</summary>
    PathPaymentStrictReceive = 2,

    /// <summary>Makes, changes or removes an offer that states what is sold.</summary>
    ManageSellOffer = 3,

    /// <summary>Makes an offer that takes no offer of the same price.</summary>
    CreatePassiveSellOffer = 4,

    /// <summary>Sets signers, thresholds, flags, the home domain and more of an account.</summary>
    SetOptions = 5,

    /// <summary>Makes, changes or removes a trustline.</summary>
    ChangeTrust = 6,

    /// <summary>Authorises a trustline, or takes the authorisation back; the older way.</summary>
    AllowTrust = 7,

    /// <summary>Removes an account and sends what it holds.</summary>
    AccountMerge = 8,

    /// <summary>Pays out inflation; without effect since protocol 12.</summary>
    Inflation = 9,

    /// <summary>Sets or removes a data entry.</summary>
    ManageData = 10,

    /// <summary>Moves a sequence number forward.</summary>
    BumpSequence = 11,

    /// <summary>Makes, changes or removes an offer that states what is bought.</summary>
    ManageBuyOffer = 12,

    /// <summary>Sends by way of offers and pools; what leaves is fixed.</summary>
    PathPaymentStrictSend = 13,

    /// <summary>Sets an amount aside for claimants.</summary>
    CreateClaimableBalance = 14,

    /// <summary>Claims such an amount.</summary>
    ClaimClaimableBalance = 15,

    /// <summary>Begins to pay reserves of another account.</summary>
    BeginSponsoringFutureReserves = 16,

    /// <summary>Ends that.</summary>
    EndSponsoringFutureReserves = 17,

    /// <summary>Takes back or passes on the payment of a reserve.</summary>
    RevokeSponsorship = 18,

    /// <summary>The issuer takes an asset back.</summary>
    Clawback = 19,

    /// <summary>The issuer takes a claimable balance back.</summary>
    ClawbackClaimableBalance = 20,

    /// <summary>The issuer sets and clears flags of a trustline.</summary>
    SetTrustLineFlags = 21,

    /// <summary>Puts assets into a liquidity pool.</summary>
    LiquidityPoolDeposit = 22,

    /// <summary>Takes assets out of a liquidity pool.</summary>
    LiquidityPoolWithdraw = 23,

    /// <summary>Calls or makes a contract, or uploads code.</summary>
    InvokeHostFunction = 24,

    /// <summary>Extends the life of contract entries.</summary>
    ExtendFootprintTtl = 25,

    /// <summary>Restores archived contract entries.</summary>
    RestoreFootprint = 26,
}
