namespace StellarPipeline.HistoryModel.Rows;

/// <summary>The rows of one ledger in the five tables, in the order in which the rules name them.</summary>
public sealed class HistoryRows(uint ledger, ulong closeTime)
{
    public uint Ledger { get; } = ledger;

    public DateTimeOffset CloseTime { get; } = DateTimeOffset.FromUnixTimeSeconds((long)closeTime);

    public List<TransactionRow> Transactions { get; } = [];

    public List<OperationRow> Operations { get; } = [];

    public List<StateChange> StateChanges { get; } = [];

    /// <summary>Account and transaction; a set, since each stands once.</summary>
    public HashSet<(string Account, long ToId)> TransactionAccounts { get; } = [];

    /// <summary>Account and operation; a set, since each stands once.</summary>
    public HashSet<(string Account, long OperationId)> OperationAccounts { get; } = [];
}

public sealed record TransactionRow(long ToId, string Hash, long FeeCharged, string ResultCode, bool IsFeeBump);

public sealed record OperationRow(long Id, string Type, string Xdr, string ResultCode, bool Successful);

/// <summary>One row of state_changes; null columns are NULL.</summary>
public sealed record StateChange(string Category, string Reason, string Account)
{
    public long ToId { get; init; }

    public long OperationId { get; init; }

    public long Id { get; init; }

    public string? Token { get; init; }

    public string? Amount { get; init; }

    public string? Signer { get; init; }

    public string? Creator { get; init; }

    public string? Destination { get; init; }

    public string? Pool { get; init; }

    public uint? WeightOld { get; init; }

    public uint? WeightNew { get; init; }

    public string? Threshold { get; init; }

    public int? ThresholdOld { get; init; }

    public uint? ThresholdNew { get; init; }

    public string? LimitOld { get; init; }

    public string? LimitNew { get; init; }

    public int? Flags { get; init; }

    public string? DataName { get; init; }

    /// <summary>A JSON object as PostgreSQL prints it.</summary>
    public string? KeyValue { get; init; }
}
