using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes the CONFIG_SETTING entries that the protocol has.</summary>
internal sealed class ConfigSettingPass(GeneratorContext context) : EntryPass
{
    private const int SettingsAtProtocol20 = 14;
    private const int SettingsAtProtocol23 = 17;

    private readonly ConfigSettingBuilder _builder = new();

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        int left = context.Options.ConfigSettings;
        _builder.CostTypes = context.Options.Protocol switch { 20 => 23, 21 => 45, < 26 => 70, < 30 => 86, _ => 95 };
        int plain = context.Options.Protocol >= 23 ? SettingsAtProtocol23 : SettingsAtProtocol20;
        for (int setting = 0; setting < plain && left > 0; setting++, left--) Emit(setting);

        // Ids 18 and 20 exist in upgrades only.
        for (int setting = 17; setting <= 19 && left > 0 && context.Options.Protocol >= 26; setting += 2, left--) Emit(setting);
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
    }

    private void Emit(int setting)
    {
        _builder.SettingId = setting;
        context.Emitter.Emit(this, context.Hash(Domain.ConfigSetting, setting), isDead: false);
    }
}
