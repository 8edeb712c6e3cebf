using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes LedgerCloseMeta (stellar-core Stellar-ledger.x).</summary>
internal static class CloseMetaXdr
{
    /// <param name="version">0, 1 or 2.</param>
    /// <param name="header">The encoded LedgerHeader.</param>
    /// <param name="transactionSet">The encoded set.</param>
    /// <param name="plans">Transactions in the order in which they were applied.</param>
    /// <param name="upgrades">Upgrades with their changes.</param>
    /// <param name="evictedKeys">Encoded LedgerKeys.</param>
    /// <param name="dice">Chooses the contents of fields that no row needs.</param>
    public static byte[] Encode(
        int version, byte[] header, byte[] transactionSet, List<TransactionPlan> plans, IReadOnlyList<LedgerUpgrade> upgrades,
            List<byte[]> evictedKeys, Dice dice) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(version);
        if (version >= 1) WriteExtension(writer, dice);
        writer.WriteRaw(SHA256.HashData(header));
        writer.WriteRaw(header);
        writer.WriteInt32(0);
        writer.WriteRaw(transactionSet);
        writer.WriteInt32(plans.Count);
        foreach (TransactionPlan plan in plans)
        {
            if (version == 2) writer.WriteInt32(0);
            writer.WriteRaw(plan.Applied!.Result);
            writer.WriteRaw(plan.FeeChanges);
            writer.WriteRaw(plan.Applied.Meta);
            if (version == 2) writer.WriteRaw(plan.PostApplyFeeChanges);
        }

        writer.WriteInt32(upgrades.Count);
        foreach (LedgerUpgrade upgrade in upgrades)
        {
            writer.WriteRaw(upgrade.Xdr);
            writer.WriteRaw(upgrade.Changes);
        }

        WriteConsensus(writer, dice);
        if (version == 0) return;
        writer.WriteUInt64((ulong)dice.Below(1 << 30));
        writer.WriteInt32(evictedKeys.Count);
        foreach (byte[] key in evictedKeys) writer.WriteRaw(key);
        if (version == 1) writer.WriteInt32(0);
    });

    private static void WriteExtension(XdrWriter writer, Dice dice)
    {
        bool extended = dice.Chance(500);
        writer.WriteBool(extended);
        if (!extended) return;
        writer.WriteInt32(0);
        writer.WriteInt64(dice.Below(100_000));
    }

    /// <summary>Sometimes writes one entry of consensus history: a quorum set and a message.</summary>
    private static void WriteConsensus(XdrWriter writer, Dice dice)
    {
        bool present = dice.Chance(150);
        writer.WriteInt32(present ? 1 : 0);
        if (!present) return;
        writer.WriteInt32(0);
        writer.WriteInt32(1);
        WriteQuorumSet(writer, dice, 0);
        writer.WriteUInt32(1);
        writer.WriteInt32(1);
        writer.WriteAccountId(dice.Bytes(32));
        writer.WriteUInt64(1);
        writer.WriteInt32(2);
        writer.WriteUInt32(1);
        writer.WriteOpaque(dice.Bytes(40));
        writer.WriteUInt32(1);
        writer.WriteFixedOpaque(dice.Bytes(32));
        writer.WriteOpaque(dice.Bytes(64));
    }

    private static void WriteQuorumSet(XdrWriter writer, Dice dice, int depth)
    {
        writer.WriteUInt32(1);
        writer.WriteInt32(2);
        writer.WriteAccountId(dice.Bytes(32));
        writer.WriteAccountId(dice.Bytes(32));
        writer.WriteInt32(depth < 2 ? 1 : 0);
        if (depth < 2) WriteQuorumSet(writer, dice, depth + 1);
    }
}
