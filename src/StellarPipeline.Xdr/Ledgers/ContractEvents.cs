using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Contract events in the order of the metadata: a sequence for <c>foreach</c>.</summary>
public ref struct ContractEvents
{
    private readonly ReadOnlySpan<byte> ledger;
    private int offset;
    private int length;
    private int left;

    internal ContractEvents(ReadOnlySpan<byte> ledger, PlaceRange range)
    {
        this.ledger = ledger;
        offset = range.First;
        left = range.Count;
    }

    /// <summary>Number of remaining events.</summary>
    public readonly int Count => left;

    /// <summary>The current event.</summary>
    public readonly ContractEventView Current => new(ledger.Slice(offset, length));

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ContractEvents GetEnumerator() => this;

    /// <summary>Advances to the next event.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        offset += length;
        length = ContractEventView.Measure(ledger[offset..]);
        return true;
    }
}
