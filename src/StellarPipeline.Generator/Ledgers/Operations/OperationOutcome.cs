using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>An applied operation: its parts in the envelope, the result and the metadata.</summary>
/// <param name="Type">The operation's type.</param>
/// <param name="Body">The encoded body, after the type.</param>
/// <param name="Result">The encoded payload of the successful inner result, after its code.</param>
internal sealed record OperationOutcome(int Type, byte[] Body, byte[] Result)
{
    /// <summary>The operation's source account; null for the transaction's.</summary>
    public byte[]? Source { get; init; }

    /// <summary>The arm of the result; passive offers may have that of MANAGE_SELL_OFFER.</summary>
    public int ResultArm { get; init; } = Type;

    /// <summary>Encoded events of asset contracts.</summary>
    public IReadOnlyList<byte[]> Events { get; init; } = [];

    /// <summary>Encoded LedgerKeys that a Soroban operation reads.</summary>
    public IReadOnlyList<byte[]> ReadOnlyKeys { get; init; } = [];

    /// <summary>Encoded LedgerKeys that a Soroban operation writes.</summary>
    public IReadOnlyList<byte[]> WrittenKeys { get; init; } = [];

    /// <summary>The encoded SCVal that a Soroban operation returns.</summary>
    public byte[] ReturnValue { get; init; } = ScValueXdr.Void();

    public static byte[] Encoded(Action<XdrWriter> write)
    {
        using XdrWriter writer = new();
        write(writer);
        return writer.ToArray();
    }
}
