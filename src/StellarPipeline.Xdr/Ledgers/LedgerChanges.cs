using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>A list of raw changes, in the order of the metadata.</summary>
public readonly ref struct LedgerChanges
{
    private readonly ReadOnlySpan<byte> ledger;
    private readonly LedgerLayout? layout;
    private readonly int first;

    internal LedgerChanges(ReadOnlySpan<byte> ledger, LedgerLayout layout, PlaceRange range)
    {
        this.ledger = ledger;
        this.layout = layout;
        first = range.First;
        Count = range.Count;
    }

    /// <summary>Number of changes.</summary>
    public int Count { get; }

    /// <summary>One change.</summary>
    /// <param name="index">Its index, from 0.</param>
    public LedgerChangeView this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return new LedgerChangeView(ledger, in layout!.Changes.At(first + index));
        }
    }
}
