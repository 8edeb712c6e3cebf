namespace StellarPipeline.Stellar.Projections.History;

/// <summary>One row of <c>state_changes</c> before it is encoded. Values that are not set become NULL.</summary>
internal ref struct StateChange
{
    public StateChange(ReadOnlySpan<byte> category, ReadOnlySpan<byte> reason, Party account)
    {
        Category = category;
        Reason = reason;
        Account = account;
    }

    public ReadOnlySpan<byte> Category;
    public ReadOnlySpan<byte> Reason;

    /// <summary>The account whose state changed; a row without account is not written.</summary>
    public Party Account;

    /// <summary>Contract id of the asset: 32 bytes.</summary>
    public ReadOnlySpan<byte> Token;
    public Int128? Amount;
    public Party Signer;
    public Party Creator;
    public Party Destination;

    /// <summary>Id of the pool: 32 bytes.</summary>
    public ReadOnlySpan<byte> Pool;
    public int? SignerWeightOld;
    public int? SignerWeightNew;
    public ReadOnlySpan<byte> Threshold;
    public int? ThresholdOld;
    public int? ThresholdNew;

    /// <summary>Printed as an integer, unlike the new limit, because upstream does so.</summary>
    public long? LimitOld;

    /// <summary>Printed with seven decimals.</summary>
    public long? LimitNew;

    /// <summary>Bits of the column flags; 0 becomes NULL.</summary>
    public int Flags;
    public ReadOnlySpan<byte> DataName;

    /// <summary>JSON text.</summary>
    public ReadOnlySpan<byte> KeyValue;
}
