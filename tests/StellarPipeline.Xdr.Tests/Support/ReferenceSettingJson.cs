using System.Text.Json.Nodes;
using StellarPipeline.Xdr.Entries.Settings;
using static StellarPipeline.Xdr.Tests.Support.ReferenceText;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Says about a config setting, read through our views, what the reference decoder says about it.</summary>
internal static class ReferenceSettingJson
{
    public static JsonNode Setting(ConfigSettingEntryView setting) => setting.Id switch
    {
        ConfigSettingId.ContractMaxSizeBytes => Arm("contract_max_size_bytes", setting.AsNumber()),
        ConfigSettingId.ContractCompute => Arm("contract_compute_v0", Compute(setting.AsContractCompute())),
        ConfigSettingId.ContractLedgerCost => Arm("contract_ledger_cost_v0", LedgerCost(setting.AsContractLedgerCost())),
        ConfigSettingId.ContractHistoricalData =>
            Arm("contract_historical_data_v0", new JsonObject { ["fee_historical1_kb"] = Long(setting.AsContractHistoricalData()) }),
        ConfigSettingId.ContractEvents => Arm("contract_events_v0", Events(setting.AsContractEvents())),
        ConfigSettingId.ContractBandwidth => Arm("contract_bandwidth_v0", Bandwidth(setting.AsContractBandwidth())),
        ConfigSettingId.ContractCostParametersCpu => Arm("contract_cost_params_cpu_instructions", Costs(setting.AsCostParameters())),
        ConfigSettingId.ContractCostParametersMemory => Arm("contract_cost_params_memory_bytes", Costs(setting.AsCostParameters())),
        ConfigSettingId.ContractDataKeySizeBytes => Arm("contract_data_key_size_bytes", setting.AsNumber()),
        ConfigSettingId.ContractDataEntrySizeBytes => Arm("contract_data_entry_size_bytes", setting.AsNumber()),
        ConfigSettingId.StateArchival => Arm("state_archival", Archival(setting.AsStateArchival())),
        ConfigSettingId.ContractExecutionLanes =>
            Arm("contract_execution_lanes", new JsonObject { ["ledger_max_tx_count"] = setting.AsNumber() }),
        ConfigSettingId.LiveSorobanStateSizeWindow => Arm("live_soroban_state_size_window", Samples(setting.AsStateSizeWindow())),
        ConfigSettingId.EvictionIterator => Arm("eviction_iterator", Eviction(setting.AsEvictionIterator())),
        ConfigSettingId.ContractParallelCompute =>
            Arm("contract_parallel_compute_v0", new JsonObject { ["ledger_max_dependent_tx_clusters"] = setting.AsNumber() }),
        ConfigSettingId.ContractLedgerCostExtension =>
            Arm("contract_ledger_cost_ext_v0", LedgerCostExtension(setting.AsContractLedgerCostExtension())),
        ConfigSettingId.ScpTiming => Arm("scp_timing", Timing(setting.AsScpTiming())),
        ConfigSettingId.FrozenLedgerKeys => Arm("frozen_ledger_keys", new JsonObject { ["keys"] = Items(setting.AsFrozenKeys()) }),
        ConfigSettingId.FrozenLedgerKeysDelta => Arm("frozen_ledger_keys_delta", new JsonObject
        {
            ["keys_to_freeze"] = Items(setting.AsFrozenKeys()),
            ["keys_to_unfreeze"] = Items(setting.AsUnfrozenKeys()),
        }),
        ConfigSettingId.FreezeBypassTransactions =>
            Arm("freeze_bypass_txs", new JsonObject { ["tx_hashes"] = Hashes(setting.AsBypassTransactions()) }),
        _ => Arm("freeze_bypass_txs_delta", new JsonObject
        {
            ["add_txs"] = Hashes(setting.AsBypassTransactions()),
            ["remove_txs"] = Hashes(setting.AsRemovedBypassTransactions()),
        }),
    };

    private static JsonObject Compute(ContractComputeSetting setting) => new()
    {
        ["ledger_max_instructions"] = Long(setting.LedgerMaxInstructions),
        ["tx_max_instructions"] = Long(setting.TransactionMaxInstructions),
        ["fee_rate_per_instructions_increment"] = Long(setting.FeeRatePerInstructionsIncrement),
        ["tx_memory_limit"] = setting.TransactionMemoryLimit,
    };

    private static JsonObject LedgerCost(ContractLedgerCostSetting setting) => new()
    {
        ["ledger_max_disk_read_entries"] = setting.LedgerMaxDiskReadEntries,
        ["ledger_max_disk_read_bytes"] = setting.LedgerMaxDiskReadBytes,
        ["ledger_max_write_ledger_entries"] = setting.LedgerMaxWriteLedgerEntries,
        ["ledger_max_write_bytes"] = setting.LedgerMaxWriteBytes,
        ["tx_max_disk_read_entries"] = setting.TransactionMaxDiskReadEntries,
        ["tx_max_disk_read_bytes"] = setting.TransactionMaxDiskReadBytes,
        ["tx_max_write_ledger_entries"] = setting.TransactionMaxWriteLedgerEntries,
        ["tx_max_write_bytes"] = setting.TransactionMaxWriteBytes,
        ["fee_disk_read_ledger_entry"] = Long(setting.FeeDiskReadLedgerEntry),
        ["fee_write_ledger_entry"] = Long(setting.FeeWriteLedgerEntry),
        ["fee_disk_read1_kb"] = Long(setting.FeeDiskReadPerKilobyte),
        ["soroban_state_target_size_bytes"] = Long(setting.StateTargetSizeBytes),
        ["rent_fee1_kb_soroban_state_size_low"] = Long(setting.RentFeePerKilobyteStateSizeLow),
        ["rent_fee1_kb_soroban_state_size_high"] = Long(setting.RentFeePerKilobyteStateSizeHigh),
        ["soroban_state_rent_fee_growth_factor"] = setting.StateRentFeeGrowthFactor,
    };

    private static JsonObject Events(ContractEventsSetting setting) => new()
    {
        ["tx_max_contract_events_size_bytes"] = setting.TransactionMaxContractEventsSizeBytes,
        ["fee_contract_events1_kb"] = Long(setting.FeePerKilobyte),
    };

    private static JsonObject Bandwidth(ContractBandwidthSetting setting) => new()
    {
        ["ledger_max_txs_size_bytes"] = setting.LedgerMaxTransactionsSizeBytes,
        ["tx_max_size_bytes"] = setting.TransactionMaxSizeBytes,
        ["fee_tx_size1_kb"] = Long(setting.FeePerKilobyte),
    };

    private static JsonObject Archival(StateArchivalSetting setting) => new()
    {
        ["max_entry_ttl"] = setting.MaxEntryTtl,
        ["min_temporary_ttl"] = setting.MinTemporaryTtl,
        ["min_persistent_ttl"] = setting.MinPersistentTtl,
        ["persistent_rent_rate_denominator"] = Long(setting.PersistentRentRateDenominator),
        ["temp_rent_rate_denominator"] = Long(setting.TemporaryRentRateDenominator),
        ["max_entries_to_archive"] = setting.MaxEntriesToArchive,
        ["live_soroban_state_size_window_sample_size"] = setting.StateSizeWindowSampleSize,
        ["live_soroban_state_size_window_sample_period"] = setting.StateSizeWindowSamplePeriod,
        ["eviction_scan_size"] = setting.EvictionScanSize,
        ["starting_eviction_scan_level"] = setting.StartingEvictionScanLevel,
    };

    private static JsonObject Eviction(EvictionIteratorSetting setting) => new()
    {
        ["bucket_list_level"] = setting.BucketListLevel,
        ["is_curr_bucket"] = setting.IsCurrentBucket,
        ["bucket_file_offset"] = Long(setting.BucketFileOffset),
    };

    private static JsonObject LedgerCostExtension(ContractLedgerCostExtensionSetting setting) => new()
    {
        ["tx_max_footprint_entries"] = setting.TransactionMaxFootprintEntries,
        ["fee_write1_kb"] = Long(setting.FeeWritePerKilobyte),
    };

    private static JsonObject Timing(ScpTimingSetting setting) => new()
    {
        ["ledger_target_close_time_milliseconds"] = setting.LedgerTargetCloseTimeMilliseconds,
        ["nomination_timeout_initial_milliseconds"] = setting.NominationTimeoutInitialMilliseconds,
        ["nomination_timeout_increment_milliseconds"] = setting.NominationTimeoutIncrementMilliseconds,
        ["ballot_timeout_initial_milliseconds"] = setting.BallotTimeoutInitialMilliseconds,
        ["ballot_timeout_increment_milliseconds"] = setting.BallotTimeoutIncrementMilliseconds,
    };

    private static JsonArray Costs(CostParameters parameters)
    {
        var array = new JsonArray();
        foreach (CostParameter parameter in parameters)
        {
            array.Add(new JsonObject
            {
                ["ext"] = "v0",
                ["const_term"] = Long(parameter.ConstantTerm),
                ["linear_term"] = Long(parameter.LinearTerm),
            });
        }

        Assert.Equal(parameters.Count, array.Count);
        return array;
    }

    private static JsonArray Samples(StateSizeSamples samples)
    {
        var array = new JsonArray();
        foreach (ulong sample in samples)
            array.Add(Long(sample));
        Assert.Equal(samples.Count, array.Count);
        return array;
    }

    private static JsonArray Items(OpaqueItems items)
    {
        var array = new JsonArray();
        foreach (ReadOnlySpan<byte> item in items)
            array.Add(Hex(item));
        Assert.Equal(items.Count, array.Count);
        return array;
    }

    private static JsonArray Hashes(HashItems items)
    {
        var array = new JsonArray();
        foreach (ReadOnlySpan<byte> item in items)
            array.Add(Hex(item));
        Assert.Equal(items.Count, array.Count);
        return array;
    }
}
