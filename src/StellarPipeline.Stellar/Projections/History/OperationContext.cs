using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>One operation with everything that derivers need of its transaction and ledger.</summary>
internal readonly ref struct OperationContext
{
    public OperationContext(in LedgerView ledger, in TransactionView transaction, int index, long transactionId)
    {
        Ledger = ledger.Sequence;
        ProtocolVersion = ledger.ProtocolVersion;
        Encoded = ledger.Encoded;
        Transaction = transaction;
        Index = index;
        Operation = transaction.Operation(index);
        Source = Operation.HasSource ? Operation.Source : transaction.Source;
        Id = transactionId + index + 1;
    }

    /// <summary>Number of the ledger.</summary>
    public uint Ledger { get; }

    public uint ProtocolVersion { get; }

    /// <summary>The bytes of the ledger. Offsets count from their start.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    public TransactionView Transaction { get; }

    public OperationView Operation { get; }

    /// <summary>Index of the operation, from 0.</summary>
    public int Index { get; }

    /// <summary>Ed25519 key of the source: the operation's own, else the transaction's.</summary>
    public ReadOnlySpan<byte> Source { get; }

    public bool IsSourceMuxed => Operation.HasSource ? Operation.IsSourceMuxed : Transaction.IsSourceMuxed;

    /// <summary>Id of the operation, unique in the database.</summary>
    public long Id { get; }

    public OperationType Type => Operation.Type;

    /// <summary>
    /// Whether the metadata has changes of this operation. Up to protocol 12, transactions that failed inside the validator left metadata
    /// of changes that did not happen.
    /// </summary>
    public bool HasChanges => HasChangesOf(Transaction, ProtocolVersion);

    /// <summary>The same for all operations of a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="protocolVersion">The ledger's protocol.</param>
    public static bool HasChangesOf(in TransactionView transaction, uint protocolVersion) =>
        !(transaction.ResultCode == TransactionResultNames.InternalError && protocolVersion <= 12);

    /// <summary>
    /// The contract events of this operation. In metadata of version 3 they belong to the transaction, so every operation has the same.
    /// </summary>
    public ContractEvents ContractEvents => Transaction.MetaVersion switch
    {
        3 => Transaction.SorobanEvents,
        4 => Transaction.OperationEvents(Index),
        _ => default,
    };

    /// <summary>The raw changes of this operation.</summary>
    public LedgerChanges Changes => HasChanges ? Transaction.OperationChanges(Index) : default;
}
