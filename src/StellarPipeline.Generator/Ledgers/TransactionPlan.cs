using StellarPipeline.Generator.Ledgers.Writing;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>The planned outcome of a transaction.</summary>
internal enum PlannedEnd
{
    /// <summary>All operations succeed.</summary>
    Success,

    /// <summary>At least one operation fails.</summary>
    OperationFails,

    /// <summary>The transaction fails before its operations, and has no operation results.</summary>
    NoResults,

    /// <summary>An internal error whose metadata includes that of operations (protocol 12 and earlier).</summary>
    InternalError,
}

/// <summary>A transaction whose fee is charged and which is not applied yet: all fees of a ledger are charged first.</summary>
internal sealed class TransactionPlan
{
    public required bool IsSoroban { get; init; }

    public required byte[] Source { get; init; }

    /// <summary>The fee source of a fee bump; null for other transactions.</summary>
    public byte[]? FeeSource { get; init; }

    public required int Operations { get; init; }

    public required PlannedEnd End { get; init; }

    /// <summary>The fee charged in the fee phase, stroops.</summary>
    public required long Charged { get; init; }

    /// <summary>The refund after the transaction is applied, stroops.</summary>
    public long Refund { get; set; }

    public byte[] FeeAccount => FeeSource ?? Source;

    public byte[] FeeChanges { get; set; } = ChangesXdr.None;

    public byte[] PostApplyFeeChanges { get; set; } = ChangesXdr.None;

    /// <summary>The applied transaction; null before.</summary>
    public AppliedTransaction? Applied { get; set; }
}

/// <summary>The encoded parts of an applied transaction.</summary>
/// <param name="Envelope">TransactionEnvelope.</param>
/// <param name="Hash">The outer hash.</param>
/// <param name="Result">TransactionResultPair.</param>
/// <param name="Meta">TransactionMeta.</param>
/// <param name="Operations">Number of operations in the envelope.</param>
internal sealed record AppliedTransaction(byte[] Envelope, byte[] Hash, byte[] Result, byte[] Meta, int Operations);
