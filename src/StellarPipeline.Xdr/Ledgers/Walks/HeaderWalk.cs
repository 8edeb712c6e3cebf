namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Reads what rows need of a ledger's header, with all arms of its StellarValue.</summary>
/// <remarks>Format: <c>LedgerHeaderHistoryEntry</c> in Stellar-ledger.x; arms 3 and 4 exist since protocol 30 (CAP-88).</remarks>
internal static class HeaderWalk
{
    private const int UpgradesMax = 6;
    private const int UpgradeBytesMax = 128;
    private const int SignatureBytesMax = 64;
    private const int ArmLast = 4;
    private const int MillisecondsPerSecond = 1000;

    public static void ReadHistoryEntry(ref XdrReader reader, ref HeaderPlace place)
    {
        place.HashOffset = reader.Position;
        reader.Skip(Wire.HashBytes, "LedgerHeaderHistoryEntry.hash");
        place.ProtocolVersion = reader.ReadUInt32("LedgerHeader.ledgerVersion");
        reader.Skip(Wire.HashBytes, "LedgerHeader.previousLedgerHash");
        place.CloseTimeSeconds = ReadValue(ref reader);
        reader.Skip(2 * Wire.HashBytes, "LedgerHeader.txSetResultHash");
        place.Sequence = reader.ReadUInt32("LedgerHeader.ledgerSeq");
        reader.Skip(8 + 8 + 4 + 8 + 4 + 4 + 4, "LedgerHeader.totalCoins");
        reader.Skip(4 * Wire.HashBytes, "LedgerHeader.skipList");
        if (reader.ReadExtension(1, "LedgerHeader.ext"))
        {
            reader.Skip(4, "LedgerHeaderExtensionV1.flags");
            reader.ReadExtensionPoint("LedgerHeaderExtensionV1.ext");
        }

        reader.ReadExtensionPoint("LedgerHeaderHistoryEntry.ext");
    }

    private static ulong ReadValue(ref XdrReader reader)
    {
        reader.Skip(Wire.HashBytes, "StellarValue.txSetHash");
        ulong closeTime = reader.ReadUInt64("StellarValue.closeTime");
        int upgrades = reader.ReadCount(sizeof(uint), UpgradesMax, "StellarValue.upgrades");
        for (int upgrade = 0; upgrade < upgrades; upgrade++)
            reader.ReadVariableOpaque(UpgradeBytesMax, "StellarValue.upgrades");
        int arm = reader.ReadDiscriminant(ArmLast, "StellarValue.ext");
        if (arm is 3 or 4)
        {
            ulong milliseconds = reader.ReadUInt64("StellarValue.closeTimeMs");
            if (milliseconds / MillisecondsPerSecond != closeTime)
                XdrThrow.Contradiction("StellarValue.closeTimeMs", reader.Position - 8, $"{milliseconds} milliseconds are not in second {closeTime}, which closeTime says.");
        }

        if (arm is 2 or 4)
            reader.Skip((2 * Wire.HashBytes) + 4, "StellarValue.emptyTxSet");
        if (arm != 0)
        {
            LedgerWalk.ReadAccountId(ref reader);
            reader.ReadVariableOpaque(SignatureBytesMax, "LedgerCloseValueSignature.signature");
        }

        return closeTime;
    }
}
