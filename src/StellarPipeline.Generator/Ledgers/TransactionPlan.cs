using StellarPipeline.Generator.Ledgers.Writing;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>How a transaction is meant to end.</summary>
internal enum PlannedEnd
{
    /// <summary>All operations succeed.</summary>
    Success,

    /// <summary>At least one operation fails.</summary>
    OperationFails,

    /// <summary>The transaction fails before its operations and has no results of them.</summary>
    NoResults,

    /// <summary>An internal error that left metadata of operations (protocol 12 and earlier).</summary>
    InternalError,
}

/// <summary>A transaction between the fee phase, which charges all of a ledger first, and its application.</summary>
internal sealed class TransactionPlan
{
    public required bool IsSoroban { get; init; }

    public required byte[] Source { get; init; }

    /// <summary>The account that bumps the fee, null for none.</summary>
    public byte[]? FeeSource { get; init; }

    public required int Operations { get; init; }

    public required PlannedEnd End { get; init; }

    /// <summary>What the fee phase takes, stroops.</summary>
    public required long Charged { get; init; }

    /// <summary>What comes back after application, stroops.</summary>
    public long Refund { get; set; }

    public byte[] FeeAccount => FeeSource ?? Source;

    public byte[] FeeChanges { get; set; } = ChangesXdr.None;

    public byte[] PostApplyFeeChanges { get; set; } = ChangesXdr.None;

    /// <summary>The applied transaction, once there is one.</summary>
    public AppliedTransaction? Applied { get; set; }
}

/// <summary>An applied transaction in its encoded parts.</summary>
/// <param name="Envelope">TransactionEnvelope.</param>
/// <param name="Hash">The outer hash.</param>
/// <param name="Result">TransactionResultPair.</param>
/// <param name="Meta">TransactionMeta.</param>
/// <param name="Operations">How many operations the envelope has.</param>
internal sealed record AppliedTransaction(byte[] Envelope, byte[] Hash, byte[] Result, byte[] Meta, int Operations);
