namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The 27 kinds of operation.</summary>
/// <remarks>Values are the discriminants of <c>OperationType</c> in Stellar-transaction.x.</remarks>
public enum OperationType
{
    /// <summary>Creates an account.</summary>
    CreateAccount = 0,

    /// <summary>Sends an amount of an asset.</summary>
    Payment = 1,

    /// <summary>Sends through offers and pools; the received amount is fixed.</summary>
    PathPaymentStrictReceive = 2,

    /// <summary>Creates, changes or removes an offer with a fixed amount sold.</summary>
    ManageSellOffer = 3,

    /// <summary>Creates an offer that does not take offers of the same price.</summary>
    CreatePassiveSellOffer = 4,

    /// <summary>Sets signers, thresholds, flags, the home domain and other options of an account.</summary>
    SetOptions = 5,

    /// <summary>Creates, changes or removes a trustline.</summary>
    ChangeTrust = 6,

    /// <summary>Authorizes a trustline, or revokes the authorization; the older operation for it.</summary>
    AllowTrust = 7,

    /// <summary>Removes an account and sends its balance to another.</summary>
    AccountMerge = 8,

    /// <summary>Pays out inflation; without effect since protocol 12.</summary>
    Inflation = 9,

    /// <summary>Sets or removes a data entry.</summary>
    ManageData = 10,

    /// <summary>Moves a sequence number forward.</summary>
    BumpSequence = 11,

    /// <summary>Creates, changes or removes an offer with a fixed amount bought.</summary>
    ManageBuyOffer = 12,

    /// <summary>Sends through offers and pools; the sent amount is fixed.</summary>
    PathPaymentStrictSend = 13,

    /// <summary>Sets an amount aside for claimants.</summary>
    CreateClaimableBalance = 14,

    /// <summary>Claims a claimable balance.</summary>
    ClaimClaimableBalance = 15,

    /// <summary>Begins to pay the reserves of another account.</summary>
    BeginSponsoringFutureReserves = 16,

    /// <summary>Stops paying the reserves of another account.</summary>
    EndSponsoringFutureReserves = 17,

    /// <summary>Revokes or transfers the sponsorship of a reserve.</summary>
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

    /// <summary>Calls or creates a contract, or uploads code.</summary>
    InvokeHostFunction = 24,

    /// <summary>Extends the time to live of contract entries.</summary>
    ExtendFootprintTtl = 25,

    /// <summary>Restores archived contract entries.</summary>
    RestoreFootprint = 26,
}
