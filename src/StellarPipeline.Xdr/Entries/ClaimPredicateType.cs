namespace StellarPipeline.Xdr.Entries;

/// <summary>The kinds of claim condition.</summary>
/// <remarks>Values are the discriminants of <c>ClaimPredicateType</c> in Stellar-ledger-entries.x.</remarks>
public enum ClaimPredicateType
{
    /// <summary>Always.</summary>
    Unconditional = 0,

    /// <summary>All operands hold.</summary>
    And = 1,

    /// <summary>An operand holds.</summary>
    Or = 2,

    /// <summary>The operand does not hold.</summary>
    Not = 3,

    /// <summary>Before a point in time.</summary>
    BeforeAbsoluteTime = 4,

    /// <summary>Within a time after creation. Validators turn it into an absolute time when they store it.</summary>
    BeforeRelativeTime = 5,
}
