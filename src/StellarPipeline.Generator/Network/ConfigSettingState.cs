namespace StellarPipeline.Generator.Network;

/// <summary>A setting of the network.</summary>
/// <param name="Id">The setting's id.</param>
internal sealed record ConfigSettingState(int Id) : EntryState
{
    /// <summary>The encoded arm; null for the one that every network starts with.</summary>
    public byte[]? Arm { get; init; }

    protected override EntryBuilder Builder() => new ConfigSettingBuilder { SettingId = Id, Arm = Arm };
}
