namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>The body of a CONFIG_SETTING entry: one network-wide setting.</summary>
/// <remarks>
/// Format: <c>ConfigSettingEntry</c> in Stellar-contract-config-setting.x. Each accessor throws <see cref="InvalidOperationException"/> if
/// the entry is another setting. Fees are in stroops.
/// </remarks>
public readonly ref struct ConfigSettingEntryView
{
    // The setting without its id.
    private readonly ReadOnlySpan<byte> body;

    internal ConfigSettingEntryView(ReadOnlySpan<byte> encoded)
    {
        Id = (ConfigSettingId)Wire.Int32(encoded, 0);
        body = encoded[4..];
    }

    /// <summary>The id of the setting.</summary>
    public ConfigSettingId Id { get; }

    /// <summary>
    /// The value of a setting that is one number: <see cref="ConfigSettingId.ContractMaxSizeBytes"/>,
    /// <see cref="ConfigSettingId.ContractDataKeySizeBytes"/>, <see cref="ConfigSettingId.ContractDataEntrySizeBytes"/>,
    /// <see cref="ConfigSettingId.ContractExecutionLanes"/> or <see cref="ConfigSettingId.ContractParallelCompute"/>.
    /// </summary>
    /// <returns>Bytes, transactions or clusters.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public uint AsNumber()
    {
        if (Id is not (ConfigSettingId.ContractMaxSizeBytes or ConfigSettingId.ContractDataKeySizeBytes
            or ConfigSettingId.ContractDataEntrySizeBytes
            or ConfigSettingId.ContractExecutionLanes or ConfigSettingId.ContractParallelCompute))
        {
            WrongId("a setting of one number");
        }

        return Wire.UInt32(body, 0);
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractCompute"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ContractComputeSetting AsContractCompute()
    {
        Ensure(ConfigSettingId.ContractCompute);
        return new ContractComputeSetting(Wire.Int64(body, 0), Wire.Int64(body, 8), Wire.Int64(body, 16), Wire.UInt32(body, 24));
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractLedgerCost"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ContractLedgerCostSetting AsContractLedgerCost()
    {
        Ensure(ConfigSettingId.ContractLedgerCost);
        return new ContractLedgerCostSetting(
            LedgerMaxDiskReadEntries: Wire.UInt32(body, 0),
            LedgerMaxDiskReadBytes: Wire.UInt32(body, 4),
            LedgerMaxWriteLedgerEntries: Wire.UInt32(body, 8),
            LedgerMaxWriteBytes: Wire.UInt32(body, 12),
            TransactionMaxDiskReadEntries: Wire.UInt32(body, 16),
            TransactionMaxDiskReadBytes: Wire.UInt32(body, 20),
            TransactionMaxWriteLedgerEntries: Wire.UInt32(body, 24),
            TransactionMaxWriteBytes: Wire.UInt32(body, 28),
            FeeDiskReadLedgerEntry: Wire.Int64(body, 32),
            FeeWriteLedgerEntry: Wire.Int64(body, 40),
            FeeDiskReadPerKilobyte: Wire.Int64(body, 48),
            StateTargetSizeBytes: Wire.Int64(body, 56),
            RentFeePerKilobyteStateSizeLow: Wire.Int64(body, 64),
            RentFeePerKilobyteStateSizeHigh: Wire.Int64(body, 72),
            StateRentFeeGrowthFactor: Wire.UInt32(body, 80));
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractHistoricalData"/>.</summary>
    /// <returns>Fee per kilobyte of historical data: stroops.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public long AsContractHistoricalData()
    {
        Ensure(ConfigSettingId.ContractHistoricalData);
        return Wire.Int64(body, 0);
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractEvents"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ContractEventsSetting AsContractEvents()
    {
        Ensure(ConfigSettingId.ContractEvents);
        return new ContractEventsSetting(Wire.UInt32(body, 0), Wire.Int64(body, 4));
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractBandwidth"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ContractBandwidthSetting AsContractBandwidth()
    {
        Ensure(ConfigSettingId.ContractBandwidth);
        return new ContractBandwidthSetting(Wire.UInt32(body, 0), Wire.UInt32(body, 4), Wire.Int64(body, 8));
    }

    /// <summary>
    /// The values of <see cref="ConfigSettingId.ContractCostParametersCpu"/> or <see cref="ConfigSettingId.ContractCostParametersMemory"/>.
    /// </summary>
    /// <returns>One parameter for each kind of work, in the order of <c>ContractCostType</c>.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public CostParameters AsCostParameters()
    {
        if (Id is not (ConfigSettingId.ContractCostParametersCpu or ConfigSettingId.ContractCostParametersMemory))
            WrongId("ContractCostParametersCpu or ContractCostParametersMemory");
        return new CostParameters(body[4..], Wire.Int32(body, 0));
    }

    /// <summary>The value of <see cref="ConfigSettingId.StateArchival"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public StateArchivalSetting AsStateArchival()
    {
        Ensure(ConfigSettingId.StateArchival);
        return new StateArchivalSetting(
            MaxEntryTtl: Wire.UInt32(body, 0),
            MinTemporaryTtl: Wire.UInt32(body, 4),
            MinPersistentTtl: Wire.UInt32(body, 8),
            PersistentRentRateDenominator: Wire.Int64(body, 12),
            TemporaryRentRateDenominator: Wire.Int64(body, 20),
            MaxEntriesToArchive: Wire.UInt32(body, 28),
            StateSizeWindowSampleSize: Wire.UInt32(body, 32),
            StateSizeWindowSamplePeriod: Wire.UInt32(body, 36),
            EvictionScanSize: Wire.UInt32(body, 40),
            StartingEvictionScanLevel: Wire.UInt32(body, 44));
    }

    /// <summary>The samples of <see cref="ConfigSettingId.LiveSorobanStateSizeWindow"/>.</summary>
    /// <returns>Sizes: bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public StateSizeSamples AsStateSizeWindow()
    {
        Ensure(ConfigSettingId.LiveSorobanStateSizeWindow);
        return new StateSizeSamples(body[4..]);
    }

    /// <summary>The value of <see cref="ConfigSettingId.EvictionIterator"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public EvictionIteratorSetting AsEvictionIterator()
    {
        Ensure(ConfigSettingId.EvictionIterator);
        return new EvictionIteratorSetting(Wire.UInt32(body, 0), Wire.UInt32(body, 4) != 0, Wire.UInt64(body, 8));
    }

    /// <summary>The value of <see cref="ConfigSettingId.ContractLedgerCostExtension"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ContractLedgerCostExtensionSetting AsContractLedgerCostExtension()
    {
        Ensure(ConfigSettingId.ContractLedgerCostExtension);
        return new ContractLedgerCostExtensionSetting(Wire.UInt32(body, 0), Wire.Int64(body, 4));
    }

    /// <summary>The value of <see cref="ConfigSettingId.ScpTiming"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public ScpTimingSetting AsScpTiming()
    {
        Ensure(ConfigSettingId.ScpTiming);
        return new ScpTimingSetting(
            Wire.UInt32(body, 0), Wire.UInt32(body, 4), Wire.UInt32(body, 8), Wire.UInt32(body, 12), Wire.UInt32(body, 16));
    }

    /// <summary>
    /// The keys of <see cref="ConfigSettingId.FrozenLedgerKeys"/>, or those that a <see cref="ConfigSettingId.FrozenLedgerKeysDelta"/>
    /// freezes.
    /// </summary>
    /// <returns>Encoded LedgerKeys; their content is not checked.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public OpaqueItems AsFrozenKeys()
    {
        if (Id is not (ConfigSettingId.FrozenLedgerKeys or ConfigSettingId.FrozenLedgerKeysDelta))
            WrongId("FrozenLedgerKeys or FrozenLedgerKeysDelta");
        return new OpaqueItems(body);
    }

    /// <summary>The keys that a <see cref="ConfigSettingId.FrozenLedgerKeysDelta"/> unfreezes.</summary>
    /// <returns>Encoded LedgerKeys; their content is not checked.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public OpaqueItems AsUnfrozenKeys()
    {
        Ensure(ConfigSettingId.FrozenLedgerKeysDelta);
        return new OpaqueItems(body[OpaqueItems.Measure(body)..]);
    }

    /// <summary>
    /// The hashes of <see cref="ConfigSettingId.FreezeBypassTransactions"/>, or those that a
    /// <see cref="ConfigSettingId.FreezeBypassTransactionsDelta"/> adds.
    /// </summary>
    /// <returns>Transaction hashes.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public HashItems AsBypassTransactions()
    {
        if (Id is not (ConfigSettingId.FreezeBypassTransactions or ConfigSettingId.FreezeBypassTransactionsDelta))
            WrongId("FreezeBypassTransactions or FreezeBypassTransactionsDelta");
        return new HashItems(body);
    }

    /// <summary>The hashes that a <see cref="ConfigSettingId.FreezeBypassTransactionsDelta"/> removes.</summary>
    /// <returns>Transaction hashes.</returns>
    /// <exception cref="InvalidOperationException">The entry is another setting.</exception>
    public HashItems AsRemovedBypassTransactions()
    {
        Ensure(ConfigSettingId.FreezeBypassTransactionsDelta);
        return new HashItems(body[(4 + Wire.Int32(body, 0) * Wire.HashBytes)..]);
    }

    private void Ensure(ConfigSettingId wanted)
    {
        if (Id != wanted)
            WrongId(wanted.ToString());
    }

    private void WrongId(string wanted) => XdrThrow.WrongType("config setting", Id.ToString(), wanted);
}
