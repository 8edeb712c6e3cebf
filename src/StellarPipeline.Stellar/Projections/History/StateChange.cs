namespace StellarPipeline.Stellar.Projections.History;

/// <summary>One row of <c>state_changes</c> before it is encoded. What is not set becomes NULL.</summary>
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

    /// <summary>Whose state changed; a row of nobody is left out.</summary>
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

    /// <summary>A raw integer, unlike the new limit: upstream prints them so.</summary>
    public long? LimitOld;

    /// <summary>Printed with seven decimals.</summary>
    public long? LimitNew;

    /// <summary>Bits of the column; 0 becomes NULL.</summary>
    public int Flags;
    public ReadOnlySpan<byte> DataName;

    /// <summary>JSON text.</summary>
    public ReadOnlySpan<byte> KeyValue;
}
