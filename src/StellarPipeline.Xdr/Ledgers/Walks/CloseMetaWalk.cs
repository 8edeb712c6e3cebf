namespace StellarPipeline.Xdr;

/// <summary>Goes over a LedgerCloseMeta, versions 0 to 2, from its first byte to its last, once.</summary>
/// <remarks>Format: <c>LedgerCloseMeta</c> in Stellar-ledger.x.</remarks>
internal static class CloseMetaWalk
{
    private const int VersionLast = 2;
    private const int ProcessingBytesMin = 60;

    public static void Read(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        layout.Version = reader.ReadDiscriminant(VersionLast, "LedgerCloseMeta.v");
        if (layout.Version > 0 && reader.ReadExtension(1, "LedgerCloseMeta.ext"))
        {
            reader.ReadExtensionPoint("LedgerCloseMetaExtV1.ext");
            reader.Skip(8, "LedgerCloseMetaExtV1.sorobanFeeWrite1KB");
        }

        ReadHeader(ref reader, layout);
        if (layout.Version == 0)
            TransactionSetWalk.ReadPlain(ref reader, ledger, layout);
        else
            TransactionSetWalk.ReadGeneralized(ref reader, ledger, layout);
        ReadProcessing(ref reader, ledger, layout);
        TailWalk.ReadUpgrades(ref reader, ledger, layout);
        TailWalk.ReadConsensus(ref reader);
        if (layout.Version == 0)
            return;
        reader.Skip(8, "LedgerCloseMeta.totalByteSizeOfLiveSorobanState");
        ChangeWalk.SkipKeys(ref reader, ledger, layout, "LedgerCloseMeta.evictedKeys");
        if (layout.Version == 1)
            ChangeWalk.SkipEntries(ref reader, ledger, layout, "LedgerCloseMetaV1.unused");
    }

    private static void ReadHeader(ref XdrReader reader, LedgerLayout layout)
    {
        int start = reader.Position;
        LedgerHeaderView header = LedgerHeaderEntryView.Read(ref reader).Header;
        layout.Header.Offset = start;
        layout.Header.Length = reader.Position - start;
        layout.Header.ProtocolVersion = header.ProtocolVersion;
        layout.Header.Sequence = header.Sequence;
        layout.Header.CloseTimeSeconds = header.Value.CloseTimeSeconds;
    }

    private static void ReadProcessing(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int count = reader.ReadCount(ProcessingBytesMin, int.MaxValue, "LedgerCloseMeta.txProcessing");
        for (int index = 0; index < count; index++)
        {
            layout.CurrentTransaction = index + 1;
            ref TransactionPlace place = ref layout.Transactions.Add();
            place.Envelope = -1;
            if (layout.Version == 2)
                reader.ReadExtensionPoint("TransactionResultMetaV1.ext");
            ResultWalk.ReadResultPair(ref reader, layout, ref place);
            ChangeWalk.ReadChanges(ref reader, ledger, layout, ref place.FeeChanges, "TransactionResultMeta.feeProcessing");
            MetaWalk.ReadMeta(ref reader, ledger, layout, ref place);
            if (layout.Version == 2)
                ChangeWalk.ReadChanges(ref reader, ledger, layout, ref place.PostFeeChanges,
                    "TransactionResultMetaV1.postTxApplyFeeProcessing");
        }

        layout.CurrentTransaction = 0;
    }
}
