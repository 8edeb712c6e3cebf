namespace StellarPipeline.Xdr.Entries;

/// <summary>The claimants of a claimable balance: a sequence for <c>foreach</c>.</summary>
public ref struct Claimants
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal Claimants(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current claimant.</summary>
    public readonly ClaimantView Current => new(current);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly Claimants GetEnumerator() => this;

    /// <summary>Advances to the next claimant.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        int length = ClaimantView.PredicateOffset + LedgerWalk.MeasurePredicate(rest[ClaimantView.PredicateOffset..]);
        current = rest[..length];
        rest = rest[length..];
        return true;
    }
}
