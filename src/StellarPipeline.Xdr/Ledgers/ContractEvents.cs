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

    /// <summary>Events that are still to come.</summary>
    public readonly int Count => left;

    /// <summary>The event that the last <see cref="MoveNext"/> went to.</summary>
    public readonly ContractEventView Current => new(ledger.Slice(offset, length));

    /// <summary>Starts from where this sequence stands.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ContractEvents GetEnumerator() => this;

    /// <summary>Goes to the next event.</summary>
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
