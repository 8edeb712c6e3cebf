namespace StellarPipeline.Xdr.Entries;

/// <summary>The kinds of signer of an account.</summary>
/// <remarks>Values are the discriminants of <c>SignerKeyType</c> in Stellar-types.x.</remarks>
public enum SignerKeyType
{
    /// <summary>An Ed25519 key (strkey G).</summary>
    Ed25519 = 0,

    /// <summary>The hash of one transaction (strkey T).</summary>
    PreAuthorizedTransaction = 1,

    /// <summary>The hash of a secret (strkey X).</summary>
    HashX = 2,

    /// <summary>An Ed25519 key that must sign a given payload (strkey P).</summary>
    SignedPayload = 3,
}
