namespace StellarPipeline.Xdr.Entries;

/// <summary>The sponsor of each signer of an account: a sequence for <c>foreach</c>.</summary>
/// <remarks>Format: <c>SponsorshipDescriptor signerSponsoringIDs&lt;MAX_SIGNERS&gt;</c> in Stellar-ledger-entries.x.</remarks>
public ref struct SignerSponsors
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal SignerSponsors(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
        Count = count;
    }

    /// <summary>Number of descriptors; validators require it to equal the number of signers.</summary>
    public int Count { get; }

    /// <summary>Ed25519 key of the current signer's sponsor: 32 bytes; empty if that signer has none.</summary>
    public readonly ReadOnlySpan<byte> Current => current;

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly SignerSponsors GetEnumerator() => this;

    /// <summary>Advances to the next descriptor.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        bool isPresent = Wire.Int32(rest, 0) != 0;
        current = isPresent ? Wire.Hash(rest, 8) : default;
        rest = rest[(isPresent ? 4 + Wire.AccountIdBytes : 4)..];
        return true;
    }
}
