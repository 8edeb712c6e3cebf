namespace StellarPipeline.Xdr.Entries;

/// <summary>The kinds of claim condition.</summary>
/// <remarks>Values are the discriminants of <c>ClaimPredicateType</c> in Stellar-ledger-entries.x.</remarks>
public enum ClaimPredicateType
{
    /// <summary>Always.</summary>
    Unconditional = 0,

    /// <summary>All operands are true.</summary>
    And = 1,

    /// <summary>At least one operand is true.</summary>
    Or = 2,

    /// <summary>The operand is false.</summary>
    Not = 3,

    /// <summary>Before a point in time.</summary>
    BeforeAbsoluteTime = 4,

    /// <summary>Within a time after creation. Validators convert it to an absolute time when they store it.</summary>
    BeforeRelativeTime = 5,
}
