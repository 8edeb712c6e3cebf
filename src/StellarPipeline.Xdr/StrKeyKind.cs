namespace StellarPipeline.Xdr;

/// <summary>The kinds of strkey. The value is the version byte before the payload; its top 5 bits form the first letter.</summary>
/// <remarks>SEP-23, version 1.4.0.</remarks>
public enum StrKeyKind
{
    /// <summary>B: a claimable balance. Payload: a type byte, which is 0, and a hash of 32 bytes.</summary>
    ClaimableBalance = 1 << 3,

    /// <summary>C: a contract. Payload: a hash of 32 bytes.</summary>
    Contract = 2 << 3,

    /// <summary>G: an account. Payload: an Ed25519 public key of 32 bytes.</summary>
    Account = 6 << 3,

    /// <summary>L: a liquidity pool. Payload: a hash of 32 bytes.</summary>
    LiquidityPool = 11 << 3,

    /// <summary>
    /// M: a muxed account. Payload: an Ed25519 public key of 32 bytes, then an id of 8 bytes, big-endian. XDR has the reverse order.
    /// </summary>
    MuxedAccount = 12 << 3,

    /// <summary>
    /// P: a signed-payload signer. Payload: an Ed25519 public key of 32 bytes, a length of 4 bytes, big-endian, at most 64 bytes, zeros up
    /// to a multiple of 4.
    /// </summary>
    SignedPayload = 15 << 3,

    /// <summary>S: a secret seed. Payload: 32 bytes.</summary>
    Seed = 18 << 3,

    /// <summary>T: the hash of a pre-authorised transaction. Payload: 32 bytes.</summary>
    PreAuthorizedTransaction = 19 << 3,

    /// <summary>
    /// W: a muxed contract. Payload: the contract's hash of 32 bytes, then an id of 8 bytes, big-endian. XDR has the reverse order
    /// (CAP-84).
    /// </summary>
    MuxedContract = 22 << 3,

    /// <summary>X: the hash of a secret. Payload: 32 bytes.</summary>
    HashX = 23 << 3,
}
