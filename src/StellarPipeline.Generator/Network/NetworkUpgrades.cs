using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;

namespace StellarPipeline.Generator.Network;

/// <summary>Upgrades that change entries: of the protocol, of the base reserve, and of a setting.</summary>
internal static class NetworkUpgrades
{
    private const int BaseReserveUpgrade = 4;
    private const int ConfigUpgrade = 6;

    // Settings that are one number of 32 bits.
    private static readonly int[] NumberSettings = [0, 8, 9];

    private static readonly long[] Reserves = [5_000_000, 10_000_000, 20_000_000, 40_000_000];

    /// <summary>Gives the network the settings of a protocol, and the kinds of cost that it knows.</summary>
    /// <returns>The changes.</returns>
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
    /// Changes the base reserve. Where it rises, offers that sell what an account now needs for its reserve are removed, and their
    /// liabilities with them (stellar-core Upgrades.cpp).
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

    /// <summary>Changes a setting by a set of settings that a contract holds.</summary>
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
