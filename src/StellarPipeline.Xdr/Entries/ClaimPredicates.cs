namespace StellarPipeline.Xdr.Entries;

/// <summary>The operands of a claim condition: a sequence for <c>foreach</c>.</summary>
public ref struct ClaimPredicates
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal ClaimPredicates(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current operand.</summary>
    public readonly ClaimPredicateView Current => new(current);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ClaimPredicates GetEnumerator() => this;

    /// <summary>Advances to the next operand.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        int length = LedgerWalk.MeasurePredicate(rest);
        current = rest[..length];
        rest = rest[length..];
        return true;
    }
}
