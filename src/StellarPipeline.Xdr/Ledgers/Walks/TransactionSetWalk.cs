namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Reads through transaction sets: plain sets, sets of components, and sets of parallel stages and clusters.</summary>
/// <remarks>Format: <c>TransactionSet</c> and <c>GeneralizedTransactionSet</c> in Stellar-ledger.x.</remarks>
internal static class TransactionSetWalk
{
    private const int MinPhaseBytes = 8;
    private const int MinComponentBytes = 12;
    private const int CountBytes = 4;

    public static void ReadPlain(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        reader.Skip(Wire.HashBytes, "TransactionSet.previousLedgerHash");
        ReadEnvelopes(ref reader, ledger, layout, "TransactionSet.txs");
        layout.CurrentTransaction = 0;
    }

    public static void ReadGeneralized(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int version = reader.ReadInt32("GeneralizedTransactionSet.v");
        if (version != 1)
            XdrThrow.NotAmong("GeneralizedTransactionSet.v", reader.Position - 4, version, "1");
        reader.Skip(Wire.HashBytes, "TransactionSetV1.previousLedgerHash");
        int phases = reader.ReadCount(MinPhaseBytes, int.MaxValue, "TransactionSetV1.phases");
        for (int phase = 0; phase < phases; phase++)
        {
            if (reader.ReadDiscriminant(1, "TransactionPhase.v") == 0)
                ReadComponents(ref reader, ledger, layout);
            else
                ReadStages(ref reader, ledger, layout);
        }

        layout.CurrentTransaction = 0;
    }

    private static void ReadComponents(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int components = reader.ReadCount(MinComponentBytes, int.MaxValue, "TransactionPhase.v0Components");
        for (int component = 0; component < components; component++)
        {
            reader.ReadDiscriminant(0, "TxSetComponent.type");
            ReadBaseFee(ref reader);
            ReadEnvelopes(ref reader, ledger, layout, "TxSetComponent.txs");
        }
    }

    private static void ReadStages(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        ReadBaseFee(ref reader);
        int stages = reader.ReadCount(CountBytes, int.MaxValue, "ParallelTxsComponent.executionStages");
        for (int stage = 0; stage < stages; stage++)
        {
            int clusters = reader.ReadCount(CountBytes, int.MaxValue, "ParallelTxExecutionStage.clusters");
            for (int cluster = 0; cluster < clusters; cluster++)
                ReadEnvelopes(ref reader, ledger, layout, "DependentTxCluster.txs");
        }
    }

    private static void ReadBaseFee(ref XdrReader reader)
    {
        if (reader.ReadOptionalFlag("TxSetComponent.baseFee"))
            reader.Skip(sizeof(long), "TxSetComponent.baseFee");
    }

    private static void ReadEnvelopes(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, string field)
    {
        int count = reader.ReadCount(EnvelopeWalk.MinEnvelopeBytes, int.MaxValue, field);
        for (int index = 0; index < count; index++)
            EnvelopeWalk.ReadEnvelope(ref reader, ledger, layout);
    }
}
