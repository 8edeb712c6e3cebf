namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>
/// Reads through the parts after the transactions of a ledger: records the changes of upgrades, and skips what no row needs, such as
/// consensus messages, to find the end of the ledger.
/// </summary>
/// <remarks>Formats: Stellar-ledger.x and Stellar-SCP.x.</remarks>
internal static class TailWalk
{
    private const int MinUpgradeBytes = 12;
    private const int MinHistoryEntryBytes = 16;
    private const int MinQuorumSetBytes = 12;
    private const int NodeIdBytes = 36;
    private const int MinEnvelopeBytes = 60;
    private const int MinValueBytes = 4;
    private const int MaxSignatureBytes = 64;

    public static void ReadUpgrades(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        int count = reader.ReadCount(MinUpgradeBytes, int.MaxValue, "LedgerCloseMeta.upgradesProcessing");
        layout.UpgradeChanges.First = layout.Changes.Count;
        for (int upgrade = 0; upgrade < count; upgrade++)
        {
            int type = reader.ReadInt32("LedgerUpgrade.type");
            if (type is < 1 or > 7)
                XdrThrow.NotAmong("LedgerUpgrade.type", reader.Position - 4, type, "1 to 7");
            reader.Skip(type == 6 ? 2 * Wire.HashBytes : 4, "LedgerUpgrade.value");
            PlaceRange changes = default;
            ChangeWalk.ReadChanges(ref reader, ledger, layout, ref changes, "UpgradeEntryMeta.changes");
            layout.UpgradeChanges.Count += changes.Count;
        }
    }

    public static void ReadConsensus(ref XdrReader reader)
    {
        int count = reader.ReadCount(MinHistoryEntryBytes, int.MaxValue, "LedgerCloseMeta.scpInfo");
        for (int entry = 0; entry < count; entry++)
        {
            reader.ReadDiscriminant(0, "SCPHistoryEntry.v");
            // Nested sets are encoded parents before children: a count of the remaining sets replaces a stack.
            for (long pending = reader.ReadCount(MinQuorumSetBytes, int.MaxValue, "SCPHistoryEntryV0.quorumSets"); pending > 0; pending--)
            {
                reader.Skip(4, "SCPQuorumSet.threshold");
                int validators = reader.ReadCount(NodeIdBytes, int.MaxValue, "SCPQuorumSet.validators");
                for (int validator = 0; validator < validators; validator++)
                    LedgerWalk.ReadAccountId(ref reader);
                pending += reader.ReadCount(MinQuorumSetBytes, int.MaxValue, "SCPQuorumSet.innerSets");
            }

            reader.Skip(4, "LedgerSCPMessages.ledgerSeq");
            int messages = reader.ReadCount(MinEnvelopeBytes, int.MaxValue, "LedgerSCPMessages.messages");
            for (int message = 0; message < messages; message++)
                ReadMessage(ref reader);
        }
    }

    private static void ReadMessage(ref XdrReader reader)
    {
        LedgerWalk.ReadAccountId(ref reader);
        reader.Skip(8, "SCPStatement.slotIndex");
        switch (reader.ReadDiscriminant(3, "SCPStatement.pledges"))
        {
            case 0:
                reader.Skip(Wire.HashBytes, "SCPStatement.quorumSetHash");
                ReadBallot(ref reader);
                if (reader.ReadOptionalFlag("SCPStatement.prepared"))
                    ReadBallot(ref reader);
                if (reader.ReadOptionalFlag("SCPStatement.preparedPrime"))
                    ReadBallot(ref reader);
                reader.Skip(8, "SCPStatement.nC");
                break;
            case 1:
                ReadBallot(ref reader);
                reader.Skip(12 + Wire.HashBytes, "SCPStatement.nPrepared");
                break;
            case 2:
                ReadBallot(ref reader);
                reader.Skip(4 + Wire.HashBytes, "SCPStatement.nH");
                break;
            default:
                reader.Skip(Wire.HashBytes, "SCPNomination.quorumSetHash");
                ReadValues(ref reader, "SCPNomination.votes");
                ReadValues(ref reader, "SCPNomination.accepted");
                break;
        }

        reader.ReadVariableOpaque(MaxSignatureBytes, "SCPEnvelope.signature");
    }

    private static void ReadBallot(ref XdrReader reader)
    {
        reader.Skip(4, "SCPBallot.counter");
        reader.ReadVariableOpaque(int.MaxValue, "SCPBallot.value");
    }

    private static void ReadValues(ref XdrReader reader, string field)
    {
        int count = reader.ReadCount(MinValueBytes, int.MaxValue, field);
        for (int value = 0; value < count; value++)
            reader.ReadVariableOpaque(int.MaxValue, field);
    }
}
