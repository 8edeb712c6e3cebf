using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>An operation that was applied: what its envelope, its result and its metadata say.</summary>
/// <param name="Type">The operation's type.</param>
/// <param name="Body">The encoded body behind the type.</param>
/// <param name="Result">The encoded payload of the successful inner result behind its code.</param>
internal sealed record OperationOutcome(int Type, byte[] Body, byte[] Result)
{
    /// <summary>The source where it is not the transaction's.</summary>
    public byte[]? Source { get; init; }

    /// <summary>The arm of the result, which for passive offers is that of MANAGE_SELL_OFFER.</summary>
    public int ResultArm { get; init; } = Type;

    /// <summary>Encoded events of asset contracts.</summary>
    public IReadOnlyList<byte[]> Events { get; init; } = [];

    /// <summary>Encoded LedgerKeys that a Soroban operation reads.</summary>
    public IReadOnlyList<byte[]> ReadOnlyKeys { get; init; } = [];

    /// <summary>Encoded LedgerKeys that a Soroban operation writes.</summary>
    public IReadOnlyList<byte[]> WrittenKeys { get; init; } = [];

    /// <summary>An encoded SCVal that a Soroban operation returns.</summary>
    public byte[] ReturnValue { get; init; } = ScValueXdr.Void();

    public static byte[] Encoded(Action<XdrWriter> write)
    {
        using XdrWriter writer = new();
        write(writer);
        return writer.ToArray();
    }
}
