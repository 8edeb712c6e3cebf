using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;

namespace StellarPipeline.Generator.Network;

/// <summary>Upgrades that change entries: protocol, base reserve, and settings.</summary>
internal static class NetworkUpgrades
{
    private const int BaseReserveUpgrade = 4;
    private const int ConfigUpgrade = 6;

    // Settings whose value is one 32-bit number.
    private static readonly int[] NumberSettings = [0, 8, 9];

    private static readonly long[] Reserves = [5_000_000, 10_000_000, 20_000_000, 40_000_000];

    /// <summary>Creates the settings of a protocol and updates the lists of cost types.</summary>
    /// <returns>The encoded LedgerEntryChanges.</returns>
    public static byte[] Settings(LedgerWorld world, uint protocol)
    {
        StateLayer layer = world.Open();
        int costTypes = ConfigSettingBuilder.CostTypesOf(protocol);
        foreach (int id in ConfigSettingBuilder.IdsOf(protocol))
        {
            ConfigSettingState wanted = new(id) { CostTypes = costTypes };
            if (layer.Find<ConfigSettingState>(wanted.Key) is not { } existing || (existing.ListsCosts && existing.CostTypes != costTypes))
                layer.Put(wanted);
        }

        byte[] changes = ChangesXdr.Of(layer);
        layer.Commit();
        return changes;
    }

    /// <summary>
    /// Changes the base reserve. If it rises, offers that sell lumens which the seller now needs for its reserve are removed, together with
    /// their liabilities (stellar-core Upgrades.cpp).
    /// </summary>
    public static LedgerUpgrade BaseReserve(LedgerWorld world, LedgerRules rules, Dice dice, ulong closeTime)
    {
        long before = world.BaseReserve;
        world.BaseReserve = dice.Of(Reserves);
        StateLayer layer = world.Open();
        if (world.BaseReserve > before)
        {
            OperationScope scope = new(new TransactionScope(rules, dice, new byte[32], 0, closeTime), layer, 0);
            foreach (OfferState offer in world.Keys<OfferState>().ToArray().Select(world.Find).OfType<OfferState>())
            {
                if (!offer.Selling.IsNative || layer.Account(offer.Seller)!.Spendable(world.BaseReserve) >= 0) continue;
                scope.Promise(offer, -1);
                scope.Delete(offer);
            }
        }

        byte[] changes = ChangesXdr.Of(layer, dice);
        layer.Commit();
        return LedgerUpgrade.OfNumber(BaseReserveUpgrade, (uint)world.BaseReserve, changes);
    }

    /// <summary>Changes a setting through a ConfigUpgradeSet, which the network stores in a contract.</summary>
    public static LedgerUpgrade Setting(LedgerWorld world, Dice dice)
    {
        StateLayer layer = world.Open();
        ConfigSettingState setting = layer.Find<ConfigSettingState>(new ConfigSettingState(dice.Of(NumberSettings)).Key)!;
        layer.Put(setting with { Arm = OperationOutcome.Encoded(writer => writer.WriteUInt32((uint)dice.Between(1_000, 200_000))) });
        byte[] changes = ChangesXdr.Of(layer, dice);
        layer.Commit();
        return new LedgerUpgrade(OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(ConfigUpgrade);
            writer.WriteFixedOpaque(dice.Bytes(32));
            writer.WriteFixedOpaque(dice.Bytes(32));
        }), changes);
    }
}
