namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Reads through a LedgerCloseMeta, versions 0 to 2, once, from its first byte to its last.</summary>
/// <remarks>Format: <c>LedgerCloseMeta</c> in Stellar-ledger.x.</remarks>
internal static class CloseMetaWalk
{
    private const int VersionLast = 2;
    private const int MinProcessingBytes = 60;

    public static void Read(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        layout.Version = ReadVersion(ref reader);
        ReadHeader(ref reader, layout);
        layout.SetOffset = reader.Position;
        if (layout.Version == 0)
            TransactionSetWalk.ReadPlain(ref reader, ledger, layout);
        else
            TransactionSetWalk.ReadGeneralized(ref reader, ledger, layout);
        layout.SetLength = reader.Position - layout.SetOffset;
        ReadProcessing(ref reader, ledger, layout);
        TailWalk.ReadUpgrades(ref reader, ledger, layout);
        TailWalk.ReadConsensus(ref reader);
        if (layout.Version == 0)
            return;
        reader.Skip(8, "LedgerCloseMeta.totalByteSizeOfLiveSorobanState");
        ChangeWalk.ReadEvictedKeys(ref reader, ledger, layout);
        if (layout.Version == 1)
            ChangeWalk.SkipEntries(ref reader, ledger, layout, "LedgerCloseMetaV1.unused");
    }

    /// <summary>Reads no further than the header.</summary>
    /// <param name="reader">Positioned at the close meta; ends after the header.</param>
    /// <returns>The header and its hash.</returns>
    /// <exception cref="XdrFormatException">The bytes are malformed.</exception>
    public static LedgerHeaderEntryView ReadStart(scoped ref XdrReader reader)
    {
        ReadVersion(ref reader);
        return LedgerHeaderEntryView.Read(ref reader);
    }

    private static int ReadVersion(scoped ref XdrReader reader)
    {
        int version = reader.ReadDiscriminant(VersionLast, "LedgerCloseMeta.v");
        if (version > 0 && reader.ReadExtension(1, "LedgerCloseMeta.ext"))
        {
            reader.ReadExtensionPoint("LedgerCloseMetaExtV1.ext");
            reader.Skip(8, "LedgerCloseMetaExtV1.sorobanFeeWrite1KB");
        }

        return version;
    }

    private static void ReadHeader(ref XdrReader reader, LedgerLayout layout)
    {
        int start = reader.Position;

        // The version is the first field after the hash, so it is known even if the rest of the header cannot be decoded.
        XdrReader ahead = reader;
        ahead.Skip(Wire.HashBytes, "LedgerHeaderHistoryEntry.hash");
        layout.Header.ProtocolVersion = ahead.ReadUInt32("LedgerHeader.ledgerVersion");
        layout.Header.HasProtocolVersion = true;
        LedgerHeaderView header = LedgerHeaderEntryView.Read(ref reader).Header;
        layout.Header.Offset = start;
        layout.Header.Length = reader.Position - start;
        layout.Header.Sequence = header.Sequence;
        layout.Header.CloseTimeSeconds = header.Value.CloseTimeSeconds;
        LedgerHeaderProblem problem = LedgerHeaderRules.Check(header, previous: null);
        if (problem == LedgerHeaderProblem.CloseTimesDisagree)
        {
            throw new LedgerFormatException(
                header.Sequence, 0, 0, start,
                $"{LedgerHeaderRules.Describe(problem, header, null)} The ledger is damaged: fetch it again.");
        }
    }

    private static void ReadProcessing(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int count = reader.ReadCount(MinProcessingBytes, int.MaxValue, "LedgerCloseMeta.txProcessing");
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
            {
                ChangeWalk.ReadChanges(ref reader, ledger, layout, ref place.PostFeeChanges,
                    "TransactionResultMetaV1.postTxApplyFeeProcessing");
            }
        }

        layout.CurrentTransaction = 0;
    }
}
