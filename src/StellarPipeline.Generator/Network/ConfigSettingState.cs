using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Network;

/// <summary>A setting of the network.</summary>
/// <param name="Id">The setting's id.</param>
internal sealed record ConfigSettingState(int Id) : EntryState
{
    /// <summary>Number of cost types; used only by the two settings that list them (6 and 7).</summary>
    public int CostTypes { get; init; }

    /// <summary>The encoded arm; null for the default value of the setting.</summary>
    public byte[]? Arm { get; init; }

    public bool ListsCosts => Id is 6 or 7;

    protected override EntryBuilder Builder() => new ConfigSettingBuilder { SettingId = Id, CostTypes = CostTypes, Arm = Arm };
}
