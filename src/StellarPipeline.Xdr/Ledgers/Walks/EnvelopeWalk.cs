namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Reads through the envelopes of a transaction set and records where their parts are. Signatures and memos are skipped.</summary>
/// <remarks>Format: <c>TransactionEnvelope</c> and its parts in Stellar-transaction.x.</remarks>
internal static class EnvelopeWalk
{
    /// <summary>Minimum number of bytes of an encoded envelope: a version-0 transaction without operations.</summary>
    public const int MinEnvelopeBytes = 68;

    private const int MinOperationBytes = 8;
    private const int MaxOperations = 100;
    private const int MaxSignatures = 20;
    private const int MinSignatureBytes = 8;
    private const int MaxSignatureBytes = 64;
    private const int MaxMemoTextBytes = 28;
    private const int MaxExtraSigners = 2;
    private const int MinExtraSignerBytes = 36;

    public static void ReadEnvelope(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        layout.CurrentTransaction++;
        int index = layout.Envelopes.Count;
        ref EnvelopePlace envelope = ref layout.Envelopes.Add();
        envelope.Type = ReadType(ref reader);
        envelope.HashedOffset = reader.Position;
        switch (envelope.Type)
        {
            case EnvelopeType.TransactionV0:
                envelope.SourceOffset = reader.Position;
                reader.Skip(Wire.HashBytes, "TransactionV0.sourceAccountEd25519");
                reader.Skip(sizeof(uint), "TransactionV0.fee");
                envelope.SequenceOffset = reader.Position;
                reader.Skip(sizeof(long), "TransactionV0.seqNum");
                if (reader.ReadOptionalFlag("TransactionV0.timeBounds"))
                    reader.Skip(16, "TransactionV0.timeBounds");
                ReadBody(ref reader, ledger, layout, index, mayHoldSorobanData: false);
                break;
            case EnvelopeType.Transaction:
                ReadTransaction(ref reader, ledger, layout, index);
                break;
            default:
                envelope.FeeSourceOffset = reader.Position;
                OperationWalk.ReadMuxedAccount(ref reader, "FeeBumpTransaction.feeSource");
                reader.Skip(sizeof(long), "FeeBumpTransaction.fee");
                int inner = reader.ReadInt32("FeeBumpTransaction.innerTx");
                if (inner != (int)EnvelopeType.Transaction)
                    XdrThrow.NotAmong("FeeBumpTransaction.innerTx", reader.Position - 4, inner, "2");
                ReadTransaction(ref reader, ledger, layout, index);
                ReadSignatures(ref reader);
                reader.ReadExtensionPoint("FeeBumpTransaction.ext");
                break;
        }

        layout.Envelopes.At(index).HashedLength = reader.Position - layout.Envelopes.At(index).HashedOffset;
        ReadSignatures(ref reader);
        layout.CurrentOperation = 0;
    }

    private static EnvelopeType ReadType(ref XdrReader reader)
    {
        int type = reader.ReadInt32("TransactionEnvelope.type");
        if ((EnvelopeType)type is not (EnvelopeType.TransactionV0 or EnvelopeType.Transaction or EnvelopeType.FeeBump))
            XdrThrow.NotAmong("TransactionEnvelope.type", reader.Position - 4, type, "0, 2 and 5");
        return (EnvelopeType)type;
    }

    private static void ReadTransaction(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, int index)
    {
        layout.Envelopes.At(index).SourceOffset = reader.Position;
        OperationWalk.ReadMuxedAccount(ref reader, "Transaction.sourceAccount");
        reader.Skip(sizeof(uint), "Transaction.fee");
        layout.Envelopes.At(index).SequenceOffset = reader.Position;
        reader.Skip(sizeof(long), "Transaction.seqNum");
        switch (reader.ReadDiscriminant(2, "Preconditions.type"))
        {
            case 1:
                reader.Skip(16, "Preconditions.timeBounds");
                break;
            case 2:
                ReadPreconditions(ref reader);
                break;
        }

        ReadBody(ref reader, ledger, layout, index, mayHoldSorobanData: true);
    }

    private static void ReadPreconditions(ref XdrReader reader)
    {
        if (reader.ReadOptionalFlag("PreconditionsV2.timeBounds"))
            reader.Skip(16, "PreconditionsV2.timeBounds");
        if (reader.ReadOptionalFlag("PreconditionsV2.ledgerBounds"))
            reader.Skip(8, "PreconditionsV2.ledgerBounds");
        if (reader.ReadOptionalFlag("PreconditionsV2.minSeqNum"))
            reader.Skip(8, "PreconditionsV2.minSeqNum");
        reader.Skip(8, "PreconditionsV2.minSeqAge");
        reader.Skip(4, "PreconditionsV2.minSeqLedgerGap");
        int signers = reader.ReadCount(MinExtraSignerBytes, MaxExtraSigners, "PreconditionsV2.extraSigners");
        for (int signer = 0; signer < signers; signer++)
            OperationWalk.ReadSignerKey(ref reader);
    }

    // The common part of versions 0 and 1: memo, operations, extension.
    private static void ReadBody(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, int index, bool mayHoldSorobanData)
    {
        switch (reader.ReadDiscriminant(4, "Memo.type"))
        {
            case 1:
                reader.ReadString(MaxMemoTextBytes, "Memo.text");
                break;
            case 2:
                reader.Skip(sizeof(ulong), "Memo.id");
                break;
            case 3:
            case 4:
                reader.Skip(Wire.HashBytes, "Memo.hash");
                break;
        }

        int count = reader.ReadCount(MinOperationBytes, MaxOperations, "Transaction.operations");
        layout.Envelopes.At(index).FirstOperation = layout.Operations.Count;
        layout.Envelopes.At(index).OperationCount = count;
        for (int operation = 0; operation < count; operation++)
        {
            layout.CurrentOperation = operation + 1;
            OperationWalk.ReadOperation(ref reader, ledger, layout, ref layout.Operations.Add());
        }

        layout.CurrentOperation = 0;
        if (!mayHoldSorobanData)
            reader.ReadExtensionPoint("TransactionV0.ext");
        else if (reader.ReadExtension(1, "Transaction.ext"))
            ReadSorobanData(ref reader, ledger, layout, index);
    }

    private static void ReadSorobanData(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, int index)
    {
        layout.Envelopes.At(index).HasSorobanData = true;
        if (reader.ReadExtension(1, "SorobanTransactionData.ext"))
        {
            reader.Skip(sizeof(uint) * reader.ReadCount(sizeof(uint), int.MaxValue, "SorobanResourcesExtV0.archivedSorobanEntries"),
                "SorobanResourcesExtV0.archivedSorobanEntries");
        }

        ChangeWalk.SkipKeys(ref reader, ledger, layout, "LedgerFootprint.readOnly");
        ChangeWalk.SkipKeys(ref reader, ledger, layout, "LedgerFootprint.readWrite");
        reader.Skip(3 * sizeof(uint), "SorobanResources.instructions");
        reader.Skip(sizeof(long), "SorobanTransactionData.resourceFee");
    }

    private static void ReadSignatures(ref XdrReader reader)
    {
        int count = reader.ReadCount(MinSignatureBytes, MaxSignatures, "TransactionEnvelope.signatures");
        for (int signature = 0; signature < count; signature++)
        {
            reader.Skip(4, "DecoratedSignature.hint");
            reader.ReadVariableOpaque(MaxSignatureBytes, "DecoratedSignature.signature");
        }
    }
}
