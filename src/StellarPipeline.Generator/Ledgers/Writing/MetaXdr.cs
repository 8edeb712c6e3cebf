using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>The parts of a TransactionMeta, and their encoding in each version (stellar-core Stellar-ledger.x).</summary>
internal sealed class MetaXdr
{
    /// <summary>Encoded LedgerEntryChanges before the operations.</summary>
    public byte[] Before { get; set; } = ChangesXdr.None;

    /// <summary>The encoded changes and events of each applied operation.</summary>
    public List<(byte[] Changes, IReadOnlyList<byte[]> Events)> Operations { get; } = [];

    /// <summary>Encoded LedgerEntryChanges after the operations.</summary>
    public byte[] After { get; set; } = ChangesXdr.None;

    /// <summary>Whether the transaction was a Soroban transaction that was applied.</summary>
    public bool HasSoroban { get; set; }

    /// <summary>The return value of a Soroban transaction, an encoded SCVal.</summary>
    public byte[] ReturnValue { get; set; } = ScValueXdr.Void();

    /// <summary>Encoded fee events, with their stage.</summary>
    public List<(int Stage, byte[] Event)> FeeEvents { get; } = [];

    /// <summary>Encoded diagnostic events.</summary>
    public List<byte[]> Diagnostics { get; } = [];

    public byte[] Encode(int version, Dice dice) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(version);
        if (version >= 3) writer.WriteInt32(0);
        if (version >= 1) writer.WriteRaw(Before);
        writer.WriteInt32(Operations.Count);
        foreach ((byte[] changes, IReadOnlyList<byte[]> events) in Operations)
        {
            if (version == 4) writer.WriteInt32(0);
            writer.WriteRaw(changes);
            if (version == 4) WriteAll(writer, events);
        }

        if (version >= 2) writer.WriteRaw(After);
        if (version < 3) return;
        writer.WriteBool(HasSoroban);
        if (HasSoroban) WriteSoroban(writer, version, dice);
        if (version < 4) return;
        writer.WriteInt32(FeeEvents.Count);
        foreach ((int stage, byte[] feeEvent) in FeeEvents)
        {
            writer.WriteInt32(stage);
            writer.WriteRaw(feeEvent);
        }

        WriteDiagnostics(writer);
    });

    private void WriteSoroban(XdrWriter writer, int version, Dice dice)
    {
        bool extended = dice.Chance(600);
        writer.WriteBool(extended);
        if (extended)
        {
            writer.WriteInt32(0);
            for (int fee = 0; fee < 3; fee++) writer.WriteInt64(dice.Below(10_000));
        }

        if (version == 3)
        {
            WriteAll(writer, [.. Operations.SelectMany(static operation => operation.Events)]);
            writer.WriteRaw(ReturnValue);
            WriteDiagnostics(writer);
            return;
        }

        bool returns = dice.Chance(800);
        writer.WriteBool(returns);
        if (returns) writer.WriteRaw(ReturnValue);
    }

    private void WriteDiagnostics(XdrWriter writer)
    {
        writer.WriteInt32(Diagnostics.Count);
        foreach (byte[] diagnostic in Diagnostics)
        {
            writer.WriteBool(true);
            writer.WriteRaw(diagnostic);
        }
    }

    private static void WriteAll(XdrWriter writer, IReadOnlyList<byte[]> items)
    {
        writer.WriteInt32(items.Count);
        foreach (byte[] item in items) writer.WriteRaw(item);
    }
}
