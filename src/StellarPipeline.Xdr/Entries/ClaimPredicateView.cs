namespace StellarPipeline.Xdr.Entries;

/// <summary>The condition under which a balance may be claimed.</summary>
/// <remarks>
/// Format: <c>ClaimPredicate</c> in Stellar-ledger-entries.x; nested at most <see cref="XdrLimits.ClaimPredicateDepth"/> levels.
/// </remarks>
public readonly ref struct ClaimPredicateView
{
    private readonly ReadOnlySpan<byte> encoded;

    internal ClaimPredicateView(ReadOnlySpan<byte> encoded) => this.encoded = encoded;

    /// <summary>Kind of condition.</summary>
    public ClaimPredicateType Type => (ClaimPredicateType)Wire.Int32(encoded, 0);

    /// <summary>Number of operands: 0 to 2 for AND and OR, 0 or 1 for NOT, 0 for others.</summary>
    public int OperandCount =>
        Type is ClaimPredicateType.And or ClaimPredicateType.Or or ClaimPredicateType.Not ? Wire.Int32(encoded, 4) : 0;

    /// <summary>The operands of AND, OR and NOT; none for others.</summary>
    public ClaimPredicates Operands
    {
        get
        {
            int count = OperandCount;
            return count == 0 ? default : new ClaimPredicates(encoded[8..], count);
        }
    }

    /// <summary>Unix seconds for an absolute time, seconds for a relative time.</summary>
    /// <exception cref="InvalidOperationException">The condition is not a time.</exception>
    public long Seconds
    {
        get
        {
            if (Type is not (ClaimPredicateType.BeforeAbsoluteTime or ClaimPredicateType.BeforeRelativeTime))
                XdrThrow.WrongType("claim predicate", Type.ToString(), "BeforeAbsoluteTime or BeforeRelativeTime");
            return Wire.Int64(encoded, 4);
        }
    }
}
