using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.Writing;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>An upgrade that a ledger applies at its end.</summary>
/// <param name="Xdr">The encoded LedgerUpgrade.</param>
/// <param name="Changes">The encoded LedgerEntryChanges.</param>
internal sealed record LedgerUpgrade(byte[] Xdr, byte[] Changes)
{
    public static LedgerUpgrade Version(uint protocol) => OfNumber(1, protocol, ChangesXdr.None);

    public static LedgerUpgrade BaseFee(uint stroops) => OfNumber(2, stroops, ChangesXdr.None);

    public static LedgerUpgrade OfNumber(int type, uint number, byte[] changes) => new(OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(type);
        writer.WriteUInt32(number);
    }), changes);
}
