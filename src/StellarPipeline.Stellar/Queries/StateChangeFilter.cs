namespace StellarPipeline.Stellar.Queries;

/// <summary>Which state changes of an account are wanted. What is null does not matter.</summary>
public sealed record StateChangeFilter
{
    /// <summary>All of them.</summary>
    public static StateChangeFilter All { get; } = new();

    /// <summary>Only those of one transaction: its hash, 64 hexadecimal digits.</summary>
    public string? TransactionHash { get; init; }

    /// <summary>Only those of one operation: its id.</summary>
    public long? OperationId { get; init; }

    /// <summary>Only those of one category, such as BALANCE.</summary>
    public string? Category { get; init; }

    /// <summary>Only those of one reason, such as CREDIT.</summary>
    public string? Reason { get; init; }
}
