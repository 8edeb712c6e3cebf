using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes TransactionSet and GeneralizedTransactionSet, and hashes them (stellar-core Stellar-ledger.x).</summary>
internal static class TransactionSetXdr
{
    /// <summary>Encodes the set and hashes it.</summary>
    /// <param name="rules">The protocol's rules, which decide the form of the set.</param>
    /// <param name="previous">Hash of the previous ledger's header, 32 bytes.</param>
    /// <param name="plans">The transactions in any order; the set sorts them by hash.</param>
    /// <param name="dice">Distributes them over components, stages and clusters.</param>
    public static (byte[] Set, byte[] Hash) Make(LedgerRules rules, byte[] previous, IEnumerable<TransactionPlan> plans, Dice dice)
    {
        List<TransactionPlan> sorted = [.. plans.OrderBy(static plan => Convert.ToHexString(plan.Applied!.Hash), StringComparer.Ordinal)];
        using XdrWriter writer = new();
        if (rules.CloseMetaVersion == 0)
        {
            writer.WriteFixedOpaque(previous);
            WriteEnvelopes(writer, sorted);

            // The hash of a plain set does not include the number of transactions.
            return (writer.ToArray(), SHA256.HashData([.. previous, .. sorted.SelectMany(static plan => plan.Applied!.Envelope)]));
        }

        writer.WriteInt32(1);
        writer.WriteFixedOpaque(previous);
        writer.WriteInt32(2);
        WriteComponents(writer, [.. sorted.Where(static plan => !plan.IsSoroban)], dice);
        List<TransactionPlan> soroban = [.. sorted.Where(static plan => plan.IsSoroban)];
        if (rules.HasStateArchive) WriteStages(writer, soroban, dice);
        else WriteComponents(writer, soroban, dice);
        return (writer.ToArray(), SHA256.HashData(writer.WrittenSpan));
    }

    private static void WriteComponents(XdrWriter writer, List<TransactionPlan> plans, Dice dice)
    {
        List<List<TransactionPlan>> components = Split(plans, dice);
        writer.WriteInt32(0);
        writer.WriteInt32(components.Count);
        foreach (List<TransactionPlan> component in components)
        {
            writer.WriteInt32(0);
            WriteBaseFee(writer, dice);
            WriteEnvelopes(writer, component);
        }
    }

    private static void WriteStages(XdrWriter writer, List<TransactionPlan> plans, Dice dice)
    {
        List<List<TransactionPlan>> stages = Split(plans, dice);
        writer.WriteInt32(1);
        WriteBaseFee(writer, dice);
        writer.WriteInt32(stages.Count);
        foreach (List<TransactionPlan> stage in stages)
        {
            List<List<TransactionPlan>> clusters = Split(stage, dice);
            writer.WriteInt32(clusters.Count);
            foreach (List<TransactionPlan> cluster in clusters) WriteEnvelopes(writer, cluster);
        }
    }

    private static void WriteBaseFee(XdrWriter writer, Dice dice)
    {
        bool discounted = dice.Chance(500);
        writer.WriteBool(discounted);
        if (discounted) writer.WriteInt64(100);
    }

    private static void WriteEnvelopes(XdrWriter writer, List<TransactionPlan> plans)
    {
        writer.WriteInt32(plans.Count);
        foreach (TransactionPlan plan in plans) writer.WriteRaw(plan.Applied!.Envelope);
    }

    /// <summary>Splits the list into one to three groups and keeps the order; an empty list gives no group.</summary>
    private static List<List<TransactionPlan>> Split(List<TransactionPlan> plans, Dice dice)
    {
        int groups = dice.Between(1, 3);
        return [.. plans.GroupBy(_ => dice.Below(groups)).OrderBy(static group => group.Key).Select(static group => group.ToList())];
    }
}
