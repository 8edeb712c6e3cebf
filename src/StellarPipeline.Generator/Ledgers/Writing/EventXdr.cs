using StellarPipeline.Generator.Ledgers.Operations;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes ContractEvent (stellar-core Stellar-ledger.x).</summary>
internal static class EventXdr
{
    /// <summary>An event of a contract: type 1 (CONTRACT) by default, body version 0.</summary>
    public static byte[] Contract(byte[]? contract, IReadOnlyList<byte[]> topics, byte[] data, int type = 1) => OperationOutcome.Encoded(
        writer =>
    {
        writer.WriteInt32(0);
        writer.WriteBool(contract is not null);
        if (contract is not null) writer.WriteFixedOpaque(contract);
        writer.WriteInt32(type);
        writer.WriteInt32(0);
        writer.WriteInt32(topics.Count);
        foreach (byte[] topic in topics) writer.WriteRaw(topic);
        writer.WriteRaw(data);
    });
}
