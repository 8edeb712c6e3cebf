namespace StellarPipeline.Archive.Ledgers;

/// <summary>A range of consecutive ledgers.</summary>
public readonly record struct LedgerRange
{
    /// <summary>Creates a range.</summary>
    /// <param name="first">The first ledger, 1 or later; null for the first one of a stream or file. A data store needs a first
    /// ledger.</param>
    /// <param name="last">The last ledger; null for all that exist.</param>
    /// <exception cref="ArgumentOutOfRangeException">The first ledger is 0, or the last ledger is before the first one.</exception>
    public LedgerRange(uint? first, uint? last)
    {
        ArgumentOutOfRangeException.ThrowIfZero(first ?? 1, nameof(first));
        ArgumentOutOfRangeException.ThrowIfLessThan(last ?? uint.MaxValue, first ?? 1, nameof(last));
        First = first;
        Last = last;
    }

    /// <summary>All ledgers of the source.</summary>
    public static LedgerRange All { get; } = new(null, null);

    /// <summary>The first ledger; null for the first one of the source.</summary>
    public uint? First { get; }

    /// <summary>The last ledger; null for all that exist.</summary>
    public uint? Last { get; }
}
