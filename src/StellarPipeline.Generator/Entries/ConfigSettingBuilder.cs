using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a CONFIG_SETTING entry with plausible content for every id.</summary>
internal sealed class ConfigSettingBuilder : EntryBuilder
{
    private const int SettingsAtProtocol20 = 14;
    private const int SettingsAtProtocol23 = 17;

    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.ConfigSetting;

    /// <summary>The setting's id, 0 to 20. Ids 18 and 20 exist only in upgrades; a real network never stores them.</summary>
    public int SettingId { get; set; }

    /// <summary>
    /// Number of cost types, for settings 6 and 7: 23 in protocol 20, 45 in 21, 70 in 22, 86 in 26, 95 in 30 (CAP-87).
    /// </summary>
    public int CostTypes { get; set; } = 70;

    /// <summary>The settings that a protocol stores; ids 18 and 20 exist only in upgrades.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <returns>Ids in ascending order, none before protocol 20.</returns>
    public static IEnumerable<int> IdsOf(uint protocol)
    {
        int plain = protocol < StellarProtocols.Contracts
            ? 0
            : protocol < StellarProtocols.HotArchive ? SettingsAtProtocol20 : SettingsAtProtocol23;
        IEnumerable<int> ids = Enumerable.Range(0, plain);
        return protocol >= 26 ? ids.Concat([17, 19]) : ids;
    }

    /// <summary>The number of cost types of a protocol, for <see cref="CostTypes"/>.</summary>
    /// <param name="protocol">The protocol, 20 or later.</param>
    /// <returns>The count.</returns>
    public static int CostTypesOf(uint protocol) => protocol switch { <= 20 => 23, 21 => 45, < 26 => 70, < 30 => 86, _ => 95 };

    /// <summary>The setting's encoded arm; null writes the default one of <see cref="SettingId"/>.</summary>
    public byte[]? Arm { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        if (Arm is not null) writer.WriteRaw(Arm);
        else WriteDefaultArm(writer);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(SettingId);
    }

    private void WriteDefaultArm(XdrWriter writer)
    {
        switch (SettingId)
        {
            case 0 or 8 or 9 or 11 or 14:
                writer.WriteUInt32(65_536);
                break;
            case 1:
                WriteNumbers(writer, longs: 3, integers: 1);
                break;
            case 2:
                WriteNumbers(writer, integers: 8, longs: 0);
                WriteNumbers(writer, longs: 6, integers: 1);
                break;
            case 3:
                writer.WriteInt64(16_235);
                break;
            case 4 or 15:
                writer.WriteUInt32(8_198);
                writer.WriteInt64(10_000);
                break;
            case 5:
                writer.WriteUInt32(132_096);
                writer.WriteUInt32(71_680);
                writer.WriteInt64(1_624);
                break;
            case 6 or 7:
                WriteCostParameters(writer);
                break;
            case 10:
                WriteNumbers(writer, integers: 3, longs: 0);
                WriteNumbers(writer, longs: 2, integers: 5);
                break;
            case 12:
                writer.WriteInt32(30);
                for (ulong sample = 0; sample < 30; sample++) writer.WriteUInt64(1_000_000 + sample);
                break;
            case 13:
                writer.WriteUInt32(7);
                writer.WriteBool(true);
                writer.WriteUInt64(0);
                break;
            case 16:
                WriteNumbers(writer, integers: 5, longs: 0);
                break;
            case 17:
                writer.WriteInt32(1);
                writer.WriteOpaque(new AccountBuilder().Key());
                break;
            case 18:
                writer.WriteInt32(0);
                writer.WriteInt32(0);
                break;
            case 19:
                writer.WriteInt32(1);
                writer.WriteFixedOpaque(new byte[32]);
                break;
            case 20:
                writer.WriteInt32(0);
                writer.WriteInt32(0);
                break;
            default:
                break;
        }
    }

    private static void WriteNumbers(XdrWriter writer, int integers, int longs)
    {
        for (int index = 0; index < longs; index++) writer.WriteInt64(25_000 + index);
        for (int index = 0; index < integers; index++) writer.WriteUInt32(500 + (uint)index);
    }

    private void WriteCostParameters(XdrWriter writer)
    {
        writer.WriteInt32(CostTypes);
        for (int type = 0; type < CostTypes; type++)
        {
            writer.WriteInt32(0);
            writer.WriteInt64(100 * type);
            writer.WriteInt64(type);
        }
    }
}
