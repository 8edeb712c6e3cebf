using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Checks the metadata of transactions, versions 0 to 4, and records where changes and contract events are.</summary>
/// <remarks>
/// Format: <c>TransactionMeta</c> in Stellar-ledger.x. Diagnostic events, return values and the version-4 events that belong to no
/// operation are skipped.
/// </remarks>
internal static class MetaWalk
{
    private const int MinOperationBytes = 4;
    private const int MinEventBytes = 24;
    private const int EventTypeLast = 2;
    private const int StageLast = 2;

    public static void ReadMeta(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, ref TransactionPlace place)
    {
        place.MetaVersion = reader.ReadDiscriminant(4, "TransactionMeta.v");
        if (place.MetaVersion >= 3)
            reader.ReadExtensionPoint("TransactionMeta.ext");
        if (place.MetaVersion >= 1)
            ChangeWalk.ReadChanges(ref reader, ledger, layout, ref place.ChangesBefore, "TransactionMeta.txChangesBefore");
        ReadOperations(ref reader, ledger, layout, ref place);
        if (place.MetaVersion >= 2)
            ChangeWalk.ReadChanges(ref reader, ledger, layout, ref place.ChangesAfter, "TransactionMeta.txChangesAfter");
        if (place.MetaVersion == 3 && reader.ReadOptionalFlag("TransactionMetaV3.sorobanMeta"))
            ReadSorobanMeta(ref reader, ref place);
        if (place.MetaVersion == 4)
            SkipEndOfVersion4(ref reader);
    }

    /// <summary>Skips one ContractEvent.</summary>
    public static void ReadEvent(ref XdrReader reader)
    {
        reader.ReadExtensionPoint("ContractEvent.ext");
        if (reader.ReadOptionalFlag("ContractEvent.contractID"))
            reader.Skip(Wire.HashBytes, "ContractEvent.contractID");
        reader.ReadDiscriminant(EventTypeLast, "ContractEvent.type");
        reader.ReadDiscriminant(0, "ContractEvent.body");
        int topics = reader.ReadCount(XdrLimits.MinScValBytes, int.MaxValue, "ContractEventV0.topics");
        for (int topic = 0; topic < topics; topic++)
            ScValWalk.ReadValue(ref reader, depth: 1);
        ScValWalk.ReadValue(ref reader, depth: 1);
    }

    private static void ReadOperations(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, ref TransactionPlace place)
    {
        int count = reader.ReadCount(MinOperationBytes, int.MaxValue, "TransactionMeta.operations");
        place.FirstMeta = layout.Metas.Count;
        place.MetaCount = count;
        for (int operation = 0; operation < count; operation++)
        {
            layout.CurrentOperation = operation + 1;
            ref MetaPlace meta = ref layout.Metas.Add();
            if (place.MetaVersion == 4)
                reader.ReadExtensionPoint("OperationMetaV2.ext");
            meta.HasSponsoredCreation = ChangeWalk.ReadChanges(ref reader, ledger, layout, ref meta.Changes, "OperationMeta.changes");
            if (place.MetaVersion == 4)
                ReadEvents(ref reader, ref meta.Events, "OperationMetaV2.events");
        }

        layout.CurrentOperation = 0;
    }

    private static void ReadSorobanMeta(ref XdrReader reader, ref TransactionPlace place)
    {
        SkipSorobanExtension(ref reader);
        ReadEvents(ref reader, ref place.SorobanEvents, "SorobanTransactionMeta.events");
        ScValWalk.ReadValue(ref reader, depth: 1);
        SkipDiagnosticEvents(ref reader);
    }

    private static void SkipEndOfVersion4(ref XdrReader reader)
    {
        if (reader.ReadOptionalFlag("TransactionMetaV4.sorobanMeta"))
        {
            SkipSorobanExtension(ref reader);
            if (reader.ReadOptionalFlag("SorobanTransactionMetaV2.returnValue"))
                ScValWalk.ReadValue(ref reader, depth: 1);
        }

        int count = reader.ReadCount(MinEventBytes, int.MaxValue, "TransactionMetaV4.events");
        for (int index = 0; index < count; index++)
        {
            reader.ReadDiscriminant(StageLast, "TransactionEvent.stage");
            ReadEvent(ref reader);
        }

        SkipDiagnosticEvents(ref reader);
    }

    private static void SkipSorobanExtension(ref XdrReader reader)
    {
        if (!reader.ReadExtension(1, "SorobanTransactionMeta.ext"))
            return;
        reader.ReadExtensionPoint("SorobanTransactionMetaExtV1.ext");
        reader.Skip(3 * sizeof(long), "SorobanTransactionMetaExtV1.rentFeeCharged");
    }

    private static void ReadEvents(ref XdrReader reader, ref PlaceRange range, string field)
    {
        range.Count = reader.ReadCount(MinEventBytes, int.MaxValue, field);
        range.First = reader.Position;
        for (int index = 0; index < range.Count; index++)
            ReadEvent(ref reader);
    }

    private static void SkipDiagnosticEvents(ref XdrReader reader)
    {
        int count = reader.ReadCount(MinEventBytes, int.MaxValue, "TransactionMeta.diagnosticEvents");
        for (int index = 0; index < count; index++)
        {
            reader.ReadBool("DiagnosticEvent.inSuccessfulContractCall");
            ReadEvent(ref reader);
        }
    }
}
