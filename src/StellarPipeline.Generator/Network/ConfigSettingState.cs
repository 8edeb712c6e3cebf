using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Network;

/// <summary>A setting of the network.</summary>
/// <param name="Id">The setting's id.</param>
internal sealed record ConfigSettingState(int Id) : EntryState
{
    /// <summary>How many kinds of cost there are; counts in the two settings that list them.</summary>
    public int CostTypes { get; init; }

    /// <summary>The encoded arm; null for the one that every network starts with.</summary>
    public byte[]? Arm { get; init; }

    public bool ListsCosts => Id is 6 or 7;

    protected override EntryBuilder Builder() => new ConfigSettingBuilder { SettingId = Id, CostTypes = CostTypes, Arm = Arm };
}
