namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Checks an encoded ConfigSettingEntry and skips it.</summary>
/// <remarks>Format: Stellar-contract-config-setting.x.</remarks>
internal static class ConfigSettingWalk
{
    /// <summary>Checks and skips one setting.</summary>
    /// <param name="reader">Positioned at the setting's id; ends after the setting.</param>
    public static void Check(ref XdrReader reader)
    {
        switch ((ConfigSettingId)reader.ReadDiscriminant(XdrLimits.ConfigSettingIdLast, "ConfigSettingEntry.configSettingID"))
        {
            case ConfigSettingId.ContractMaxSizeBytes:
            case ConfigSettingId.ContractDataKeySizeBytes:
            case ConfigSettingId.ContractDataEntrySizeBytes:
            case ConfigSettingId.ContractExecutionLanes:
            case ConfigSettingId.ContractParallelCompute:
                reader.Skip(4, "ConfigSettingEntry.number");
                break;
            case ConfigSettingId.ContractCompute:
                reader.Skip(28, "ConfigSettingEntry.contractCompute");
                break;
            case ConfigSettingId.ContractLedgerCost:
                reader.Skip(84, "ConfigSettingEntry.contractLedgerCost");
                break;
            case ConfigSettingId.ContractHistoricalData:
                reader.Skip(8, "ConfigSettingEntry.contractHistoricalData");
                break;
            case ConfigSettingId.ContractEvents:
                reader.Skip(12, "ConfigSettingEntry.contractEvents");
                break;
            case ConfigSettingId.ContractBandwidth:
                reader.Skip(16, "ConfigSettingEntry.contractBandwidth");
                break;
            case ConfigSettingId.ContractCostParametersCpu:
            case ConfigSettingId.ContractCostParametersMemory:
                CheckCostParameters(ref reader);
                break;
            case ConfigSettingId.StateArchival:
                reader.Skip(48, "ConfigSettingEntry.stateArchivalSettings");
                break;
            case ConfigSettingId.LiveSorobanStateSizeWindow:
                int samples = reader.ReadCount(sizeof(ulong), int.MaxValue, "ConfigSettingEntry.liveSorobanStateSizeWindow");
                reader.Skip(samples * sizeof(ulong), "ConfigSettingEntry.liveSorobanStateSizeWindow");
                break;
            case ConfigSettingId.EvictionIterator:
                reader.Skip(4, "EvictionIterator.bucketListLevel");
                reader.ReadBool("EvictionIterator.isCurrBucket");
                reader.Skip(8, "EvictionIterator.bucketFileOffset");
                break;
            case ConfigSettingId.ContractLedgerCostExtension:
                reader.Skip(12, "ConfigSettingEntry.contractLedgerCostExt");
                break;
            case ConfigSettingId.ScpTiming:
                reader.Skip(20, "ConfigSettingEntry.contractSCPTiming");
                break;
            case ConfigSettingId.FrozenLedgerKeys:
                CheckOpaqueItems(ref reader, "FrozenLedgerKeys.keys");
                break;
            case ConfigSettingId.FrozenLedgerKeysDelta:
                CheckOpaqueItems(ref reader, "FrozenLedgerKeysDelta.keysToFreeze");
                CheckOpaqueItems(ref reader, "FrozenLedgerKeysDelta.keysToUnfreeze");
                break;
            case ConfigSettingId.FreezeBypassTransactions:
                CheckHashes(ref reader, "FreezeBypassTxs.txHashes");
                break;
            case ConfigSettingId.FreezeBypassTransactionsDelta:
                CheckHashes(ref reader, "FreezeBypassTxsDelta.addTxs");
                CheckHashes(ref reader, "FreezeBypassTxsDelta.removeTxs");
                break;
        }
    }

    private static void CheckCostParameters(ref XdrReader reader)
    {
        int count = reader.ReadCount(XdrLimits.CostParameterBytes, XdrLimits.CostParameters, "ContractCostParams.count");
        for (int index = 0; index < count; index++)
        {
            reader.ReadExtensionPoint("ContractCostParamEntry.ext");
            reader.Skip(16, "ContractCostParamEntry.constTerm");
        }
    }

    private static void CheckOpaqueItems(ref XdrReader reader, string field)
    {
        int count = reader.ReadCount(4, int.MaxValue, field);
        for (int index = 0; index < count; index++)
            reader.ReadVariableOpaque(int.MaxValue, field);
    }

    private static void CheckHashes(ref XdrReader reader, string field)
    {
        int count = reader.ReadCount(Wire.HashBytes, int.MaxValue, field);
        reader.Skip(count * Wire.HashBytes, field);
    }
}
