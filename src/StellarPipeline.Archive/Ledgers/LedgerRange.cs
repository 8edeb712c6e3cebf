namespace StellarPipeline.Archive.Ledgers;

/// <summary>Consecutive ledgers that are asked for.</summary>
public readonly record struct LedgerRange
{
    /// <summary>Asks for ledgers.</summary>
    /// <param name="first">The first one, 1 or later; null for the first one that a stream or file has. A data store must be asked for
    /// one.</param>
    /// <param name="last">The last one; null for all that are there.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no ledger 0, and the last one cannot come before the first one.</exception>
    public LedgerRange(uint? first, uint? last)
    {
        ArgumentOutOfRangeException.ThrowIfZero(first ?? 1, nameof(first));
        ArgumentOutOfRangeException.ThrowIfLessThan(last ?? uint.MaxValue, first ?? 1, nameof(last));
        First = first;
        Last = last;
    }

    /// <summary>Whatever is there.</summary>
    public static LedgerRange All { get; } = new(null, null);

    /// <summary>The first ledger; null for the first one that is there.</summary>
    public uint? First { get; }

    /// <summary>The last ledger; null for all that are there.</summary>
    public uint? Last { get; }
}
