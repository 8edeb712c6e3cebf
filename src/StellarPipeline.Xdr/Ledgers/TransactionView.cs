using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>A transaction of a ledger: its envelope, result and changes.</summary>
/// <remarks>For a fee bump, operations, source, sequence number and Soroban data are those of the inner transaction.</remarks>
public readonly ref struct TransactionView
{
    private const int FeeChargedOffset = Wire.HashBytes;
    private const int InnerPairOffset = FeeChargedOffset + sizeof(long) + sizeof(int);
    private const int FeeBumpInnerFailed = -13;

    private readonly ReadOnlySpan<byte> ledger;
    private readonly LedgerLayout layout;
    private readonly ref readonly TransactionPlace place;
    private readonly ref readonly EnvelopePlace envelope;

    internal TransactionView(ReadOnlySpan<byte> ledger, LedgerLayout layout, int index)
    {
        this.ledger = ledger;
        this.layout = layout;
        Index = index;
        place = ref layout.Transactions.At(index);
        envelope = ref layout.Envelopes.At(place.Envelope);
    }

    /// <summary>Its index in the order of processing, from 0.</summary>
    public int Index { get; }

    /// <summary>Offset of its result: bytes from the start of the ledger.</summary>
    public int ByteOffset => place.PairOffset;

    /// <summary>The encoded TransactionResultPair, which is part of the results hashed in the header.</summary>
    public ReadOnlySpan<byte> ResultPair => ledger.Slice(place.PairOffset, place.PairLength);

    /// <summary>Hash of the transaction, for a fee bump of the outer one: 32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => Wire.Hash(ledger, place.PairOffset);

    /// <summary>
    /// Hash of the inner transaction of a fee bump, from its result: 32 bytes. For other transactions, and if the result does not contain
    /// it, the same as <see cref="Hash"/>.
    /// </summary>
    public ReadOnlySpan<byte> InnerHash =>
        place.Code is 1 or FeeBumpInnerFailed ? Wire.Hash(ledger, place.PairOffset + InnerPairOffset) : Hash;

    /// <summary>The fee charged: stroops.</summary>
    public long FeeCharged => Wire.Int64(ledger, place.PairOffset + FeeChargedOffset);

    /// <summary>TransactionResultCode: 1 down to −18; for a fee bump the outer one.</summary>
    public int ResultCode => place.Code;

    /// <summary>True if the transaction succeeded.</summary>
    public bool IsSuccessful => place.Code is 0 or 1;

    /// <summary>True if another account pays the fee.</summary>
    public bool IsFeeBump => envelope.Type == EnvelopeType.FeeBump;

    /// <summary>True if the transaction has Soroban data.</summary>
    public bool HasSorobanData => envelope.HasSorobanData;

    /// <summary>Ed25519 key of the source account: 32 bytes.</summary>
    public ReadOnlySpan<byte> Source =>
        envelope.Type == EnvelopeType.TransactionV0
            ? Wire.Hash(ledger, envelope.SourceOffset)
            : MuxedAccountView.KeyAt(ledger, envelope.SourceOffset);

    /// <summary>True if the source has a multiplexing id.</summary>
    public bool IsSourceMuxed => envelope.Type != EnvelopeType.TransactionV0 && Wire.Int32(ledger, envelope.SourceOffset) != 0;

    /// <summary>Ed25519 key of the account that pays the fee: 32 bytes. For a fee bump the outer source, otherwise the source.</summary>
    public ReadOnlySpan<byte> FeeSource => IsFeeBump ? MuxedAccountView.KeyAt(ledger, envelope.FeeSourceOffset) : Source;

    /// <summary>Sequence number.</summary>
    public long SequenceNumber => Wire.Int64(ledger, envelope.SequenceOffset);

    /// <summary>Version of the metadata: 0 to 4.</summary>
    public int MetaVersion => place.MetaVersion;

    /// <summary>Changes of the fee phase.</summary>
    public LedgerChanges FeeChanges => new(ledger, layout, place.FeeChanges);

    /// <summary>Changes before the operations: sequence numbers, and signers that are used up. None in metadata of version 0.</summary>
    public LedgerChanges ChangesBefore => new(ledger, layout, place.ChangesBefore);

    /// <summary>
    /// Changes after the operations, before protocol 23 with refunds of Soroban fees. None in metadata of versions 0 and 1.
    /// </summary>
    public LedgerChanges ChangesAfter => new(ledger, layout, place.ChangesAfter);

    /// <summary>Changes after all transactions: refunds of Soroban fees since protocol 23.</summary>
    public LedgerChanges PostFeeChanges => new(ledger, layout, place.PostFeeChanges);

    /// <summary>Number of operations of the envelope.</summary>
    public int OperationCount => envelope.OperationCount;

    /// <summary>Number of operations with a result.</summary>
    public int ResultCount => place.ResultCount;

    /// <summary>Contract events of the transaction in metadata of version 3.</summary>
    public ContractEvents SorobanEvents => new(ledger, place.SorobanEvents);

    /// <summary>An operation of the envelope.</summary>
    /// <param name="index">Its index, from 0.</param>
    /// <returns>A view over the same bytes.</returns>
    public OperationView Operation(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)envelope.OperationCount);
        return new OperationView(ledger, in layout.Operations.At(envelope.FirstOperation + index));
    }

    /// <summary>The result of an operation.</summary>
    /// <param name="index">Its index, from 0, below <see cref="ResultCount"/>.</param>
    /// <returns>A view over the same bytes.</returns>
    public OperationResultView Result(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)place.ResultCount);
        return new OperationResultView(ledger, in layout.Results.At(place.FirstResult + index));
    }

    /// <summary>The changes of an operation.</summary>
    /// <param name="index">Its index, from 0; without metadata for it, there are none.</param>
    /// <returns>A view over the same bytes.</returns>
    public LedgerChanges OperationChanges(int index) =>
        (uint)index < (uint)place.MetaCount ? new LedgerChanges(ledger, layout, layout.Metas.At(place.FirstMeta + index).Changes) : default;

    /// <summary>Checks whether the operation created or restored an entry that has a sponsor.</summary>
    /// <param name="index">Its index, from 0.</param>
    /// <returns>False also if there is no metadata.</returns>
    public bool HasSponsoredCreation(int index) =>
        (uint)index < (uint)place.MetaCount && layout.Metas.At(place.FirstMeta + index).HasSponsoredCreation;

    /// <summary>The contract events of an operation in metadata of version 4.</summary>
    /// <param name="index">Its index, from 0; without metadata for it, there are none.</param>
    /// <returns>A sequence over the same bytes.</returns>
    public ContractEvents OperationEvents(int index) =>
        (uint)index < (uint)place.MetaCount ? new ContractEvents(ledger, layout.Metas.At(place.FirstMeta + index).Events) : default;
}
