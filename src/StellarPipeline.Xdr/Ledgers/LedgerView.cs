using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>A checked ledger, read in place.</summary>
/// <remarks>Created by <see cref="LedgerReader"/>; valid until that reader reads the next ledger. Nothing is copied or allocated.</remarks>
public readonly ref struct LedgerView
{
    private readonly LedgerLayout layout;

    internal LedgerView(ReadOnlySpan<byte> encoded, LedgerLayout layout)
    {
        Encoded = encoded;
        this.layout = layout;
    }

    /// <summary>The encoded ledger.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Length of the ledger in bytes.</summary>
    public int Length => Encoded.Length;

    /// <summary>Version of its close meta: 0 to 2.</summary>
    public int MetaVersion => layout.Version;

    /// <summary>Ledger number.</summary>
    public uint Sequence => layout.Header.Sequence;

    /// <summary>Protocol version at the end of the ledger.</summary>
    public uint ProtocolVersion => layout.Header.ProtocolVersion;

    /// <summary>When the ledger closed: seconds since 1970-01-01 UTC. Two ledgers may share a second (protocol 30).</summary>
    public ulong CloseTimeSeconds => layout.Header.CloseTimeSeconds;

    /// <summary>The header with its stored hash; the hash is not checked here.</summary>
    /// <returns>A view over the same bytes; each call checks the encoding again.</returns>
    public LedgerHeaderEntryView HeaderEntry() => LedgerHeaderEntryView.Parse(Encoded.Slice(layout.Header.Offset, layout.Header.Length));

    /// <summary>The encoded transaction set: a TransactionSet in close meta of version 0, otherwise a GeneralizedTransactionSet.</summary>
    public ReadOnlySpan<byte> TransactionSet => Encoded.Slice(layout.SetOffset, layout.SetLength);

    /// <summary>True if <see cref="TransactionSet"/> is a GeneralizedTransactionSet.</summary>
    public bool IsTransactionSetGeneralized => layout.Version > 0;

    /// <summary>Number of transactions, which is the same in the set and the list of results.</summary>
    public int TransactionCount => layout.Transactions.Count;

    /// <summary>Number of operations of all transactions.</summary>
    public int OperationCount => layout.Operations.Count;

    /// <summary>Changes of the upgrades, applied after all transactions.</summary>
    public LedgerChanges UpgradeChanges => new(Encoded, layout, layout.UpgradeChanges);

    /// <summary>Number of entries evicted at the end of the ledger: they left the live state and are not among the changes.</summary>
    public int EvictedKeyCount => layout.EvictedKeys.Count;

    /// <summary>The encoded LedgerKey of an evicted entry.</summary>
    /// <param name="index">Its index, from 0.</param>
    public ReadOnlySpan<byte> EvictedKey(int index)
    {
        PlaceRange place = layout.EvictedKeys.At(index);
        return Encoded.Slice(place.First, place.Count);
    }

    /// <summary>A transaction with its envelope, result and metadata.</summary>
    /// <param name="index">Its index in processing order, from 0.</param>
    /// <returns>A view over the same bytes.</returns>
    public TransactionView Transaction(int index) => new(Encoded, layout, index);
}
