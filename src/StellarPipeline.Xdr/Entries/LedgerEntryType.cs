namespace StellarPipeline.Xdr.Entries;

/// <summary>The kinds of ledger entry, in the order of a bucket.</summary>
/// <remarks>Values are the discriminants of <c>LedgerEntryType</c> in stellar-core's Stellar-ledger-entries.x.</remarks>
public enum LedgerEntryType
{
    /// <summary>An account: native balance, signers, thresholds.</summary>
    Account = 0,

    /// <summary>A balance that an account holds in an issued asset or in shares of a liquidity pool.</summary>
    Trustline = 1,

    /// <summary>An order on the built-in exchange.</summary>
    Offer = 2,

    /// <summary>A named value of up to 64 bytes that an account stores.</summary>
    Data = 3,

    /// <summary>An amount set aside for claimants.</summary>
    ClaimableBalance = 4,

    /// <summary>A constant-product liquidity pool.</summary>
    LiquidityPool = 5,

    /// <summary>A key and value stored by a smart contract.</summary>
    ContractData = 6,

    /// <summary>The WebAssembly code of smart contracts.</summary>
    ContractCode = 7,

    /// <summary>A network-wide setting of the smart-contract system.</summary>
    ConfigSetting = 8,

    /// <summary>How long a contract data or contract code entry lives.</summary>
    Ttl = 9,
}
