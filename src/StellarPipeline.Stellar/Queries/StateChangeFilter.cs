namespace StellarPipeline.Stellar.Queries;

/// <summary>Which state changes of an account to return. Null means no restriction.</summary>
public sealed record StateChangeFilter
{
    /// <summary>No restriction.</summary>
    public static StateChangeFilter All { get; } = new();

    /// <summary>Only changes of one transaction: its hash, 64 hexadecimal digits.</summary>
    public string? TransactionHash { get; init; }

    /// <summary>Only changes of one operation: its id.</summary>
    public long? OperationId { get; init; }

    /// <summary>Only changes of one category, such as BALANCE.</summary>
    public string? Category { get; init; }

    /// <summary>Only changes of one reason, such as CREDIT.</summary>
    public string? Reason { get; init; }
}
