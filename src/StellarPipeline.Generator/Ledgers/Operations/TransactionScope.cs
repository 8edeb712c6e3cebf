using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>The transaction that an operation belongs to.</summary>
internal sealed class TransactionScope(LedgerRules rules, Dice dice, byte[] source, long sequence, ulong closeTime)
{
    private readonly Dictionary<string, byte[]> sponsors = [];

    public LedgerRules Rules => rules;

    public Dice Dice => dice;

    public byte[] Source => source;

    /// <summary>The transaction's sequence number.</summary>
    public long Sequence => sequence;

    /// <summary>The ledger's close time, Unix seconds.</summary>
    public ulong CloseTime => closeTime;

    /// <summary>Whether events are unified (CAP-67, protocol 23): metadata of version 4.</summary>
    public bool HasUnifiedEvents { get; init; }

    /// <summary>The customs of the network.</summary>
    public LedgerCustoms Customs { get; init; } = LedgerCustoms.Plain;

    /// <summary>Accounts written as muxed accounts, per thousand.</summary>
    public int MuxedPerThousand { get; init; }

    /// <summary>The account that currently sponsors the entries that an account creates; null if there is none.</summary>
    public byte[]? SponsorOf(byte[] account) => sponsors.GetValueOrDefault(Convert.ToHexString(account));

    public void BeginSponsoring(byte[] sponsored, byte[] sponsor) => sponsors.Add(Convert.ToHexString(sponsored), sponsor);

    public void EndSponsoring(byte[] sponsored) => sponsors.Remove(Convert.ToHexString(sponsored));

    public void WriteMuxed(XdrWriter writer, byte[] account)
    {
        bool muxed = rules.HasMuxedAccounts && dice.Chance(MuxedPerThousand);
        writer.WriteInt32(muxed ? 0x100 : 0);
        if (muxed) writer.WriteUInt64(dice.Number());
        writer.WriteFixedOpaque(account);
    }
}
