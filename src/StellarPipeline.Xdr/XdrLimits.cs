
namespace StellarPipeline.Xdr;

/// <summary>Every limit that the decoder enforces, with its reason.</summary>
/// <remarks>
/// Lengths and counts without a limit here are unlimited in the schema. They are limited by the remaining bytes, because count × smallest
/// element must fit into them before anything is read.
/// </remarks>
public static class XdrLimits
{
    /// <summary>Maximum number of levels of nested SCVal. The outermost value is level 1.</summary>
    /// <remarks>
    /// The contract host does not store more than about 100 levels (soroban-env-host budget/limits.rs). Twice that leaves room, and 200
    /// frames fit any stack.
    /// </remarks>
    public const int ScValDepth = 200;

    /// <summary>Maximum number of levels of nested ClaimPredicate. The outermost predicate is level 1.</summary>
    /// <remarks>stellar-core stores at most 4 levels (invariant/LedgerEntryIsValid.cpp); the schema itself has no limit.</remarks>
    public const int ClaimPredicateDepth = 16;

    /// <summary>Maximum number of bytes of an account's home domain: <c>string32</c> in Stellar-ledger-entries.x.</summary>
    public const int HomeDomainBytes = 32;

    /// <summary>Maximum number of bytes of a data entry's name: <c>string64</c> in Stellar-ledger-entries.x.</summary>
    public const int DataNameBytes = 64;

    /// <summary>Maximum number of bytes of a data entry's value: <c>DataValue</c> in Stellar-ledger-entries.x.</summary>
    public const int DataValueBytes = 64;

    /// <summary>Maximum number of signers of an account, and of their sponsors: <c>MAX_SIGNERS</c> in Stellar-ledger-entries.x.</summary>
    public const int Signers = 20;

    /// <summary>Maximum number of bytes of the payload of a signed-payload signer: <c>SignerKey</c> in Stellar-types.x.</summary>
    public const int SignedPayloadBytes = 64;

    /// <summary>Maximum number of claimants of a claimable balance: Stellar-ledger-entries.x.</summary>
    public const int Claimants = 10;

    /// <summary>Maximum number of operands of an AND or OR predicate: <c>ClaimPredicate</c> in Stellar-ledger-entries.x.</summary>
    public const int PredicateOperands = 2;

    /// <summary>Maximum number of bytes of a symbol: <c>SCSYMBOL_LIMIT</c> in Stellar-contract.x.</summary>
    public const int SymbolBytes = 32;

    /// <summary>
    /// Maximum number of cost parameters of a config setting: <c>CONTRACT_COST_COUNT_LIMIT</c> in Stellar-contract-config-setting.x.
    /// </summary>
    public const int CostParameters = 1024;

    /// <summary>Highest known id of a config setting (protocol 26, CAP-77).</summary>
    public const int ConfigSettingIdLast = 20;

    /// <summary>Maximum number of upgrades in one ledger: <c>StellarValue</c> in Stellar-ledger.x.</summary>
    public const int LedgerUpgrades = 6;

    /// <summary>Maximum number of bytes of an encoded upgrade: <c>UpgradeType</c> in Stellar-ledger.x.</summary>
    public const int LedgerUpgradeBytes = 128;

    /// <summary>Maximum number of bytes of a signature: <c>Signature</c> in Stellar-types.x.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Minimum number of bytes of an encoded SCVal: the discriminant alone. Limits counts before anything is read.</summary>
    public const int MinScValBytes = 4;

    /// <summary>Minimum number of bytes of an encoded SCMapEntry: two void values.</summary>
    public const int MinScMapEntryBytes = 8;

    /// <summary>Minimum number of bytes of an encoded Signer: a key of 32 bytes with its discriminant, and the weight.</summary>
    public const int MinSignerBytes = 40;

    /// <summary>Minimum number of bytes of an encoded SponsorshipDescriptor: an absent one.</summary>
    public const int MinSponsorBytes = 4;

    /// <summary>Minimum number of bytes of an encoded Claimant: discriminant, account, unconditional predicate.</summary>
    public const int MinClaimantBytes = 44;

    /// <summary>Minimum number of bytes of an encoded ClaimPredicate: the discriminant alone.</summary>
    public const int MinClaimPredicateBytes = 4;

    /// <summary>Bytes of one encoded cost parameter: extension point and two 64-bit terms.</summary>
    public const int CostParameterBytes = 20;
}
