using StellarPipeline.Xdr.Entries.Settings;

namespace StellarPipeline.Fuzz.Tests.Walks;

/// <summary>Reads every field of a config setting.</summary>
internal static class SettingWalk
{
    public static void Visit(ConfigSettingEntryView setting, ref FieldSum sum)
    {
        sum.Add((uint)setting.Id);
        switch (setting.Id)
        {
            case ConfigSettingId.ContractCompute:
                sum.Add((uint)setting.AsContractCompute().GetHashCode());
                break;
            case ConfigSettingId.ContractLedgerCost:
                sum.Add((uint)setting.AsContractLedgerCost().GetHashCode());
                break;
            case ConfigSettingId.ContractHistoricalData:
                sum.Add((ulong)setting.AsContractHistoricalData());
                break;
            case ConfigSettingId.ContractEvents:
                sum.Add((uint)setting.AsContractEvents().GetHashCode());
                break;
            case ConfigSettingId.ContractBandwidth:
                sum.Add((uint)setting.AsContractBandwidth().GetHashCode());
                break;
            case ConfigSettingId.ContractCostParametersCpu:
            case ConfigSettingId.ContractCostParametersMemory:
                foreach (CostParameter parameter in setting.AsCostParameters())
                    sum.Add((ulong)parameter.ConstantTerm ^ (ulong)parameter.LinearTerm);
                break;
            case ConfigSettingId.StateArchival:
                sum.Add((uint)setting.AsStateArchival().GetHashCode());
                break;
            case ConfigSettingId.LiveSorobanStateSizeWindow:
                foreach (ulong sample in setting.AsStateSizeWindow())
                    sum.Add(sample);
                break;
            case ConfigSettingId.EvictionIterator:
                sum.Add((uint)setting.AsEvictionIterator().GetHashCode());
                break;
            case ConfigSettingId.ContractLedgerCostExtension:
                sum.Add((uint)setting.AsContractLedgerCostExtension().GetHashCode());
                break;
            case ConfigSettingId.ScpTiming:
                sum.Add((uint)setting.AsScpTiming().GetHashCode());
                break;
            case ConfigSettingId.FrozenLedgerKeys:
                Items(setting.AsFrozenKeys(), ref sum);
                break;
            case ConfigSettingId.FrozenLedgerKeysDelta:
                Items(setting.AsFrozenKeys(), ref sum);
                Items(setting.AsUnfrozenKeys(), ref sum);
                break;
            case ConfigSettingId.FreezeBypassTransactions:
                Items(setting.AsBypassTransactions(), ref sum);
                break;
            case ConfigSettingId.FreezeBypassTransactionsDelta:
                Items(setting.AsBypassTransactions(), ref sum);
                Items(setting.AsRemovedBypassTransactions(), ref sum);
                break;
            default:
                sum.Add(setting.AsNumber());
                break;
        }
    }

    private static void Items(OpaqueItems items, ref FieldSum sum)
    {
        int count = 0;
        foreach (ReadOnlySpan<byte> item in items)
        {
            count++;
            sum.Add(item);
        }

        Assert.Equal(items.Count, count);
    }

    private static void Items(HashItems items, ref FieldSum sum)
    {
        int count = 0;
        foreach (ReadOnlySpan<byte> item in items)
        {
            count++;
            sum.Add(item);
        }

        Assert.Equal(items.Count, count);
    }
}
