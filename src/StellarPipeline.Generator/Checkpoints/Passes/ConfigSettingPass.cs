using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes the CONFIG_SETTING entries that the protocol has.</summary>
internal sealed class ConfigSettingPass(GeneratorContext context) : EntryPass
{
    private readonly ConfigSettingBuilder builder = new();

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        uint protocol = context.Options.Protocol;
        builder.CostTypes = ConfigSettingBuilder.CostTypesOf(protocol);
        foreach (int setting in ConfigSettingBuilder.IdsOf(protocol).Take(context.Options.ConfigSettings)) Emit(setting);
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
    }

    private void Emit(int setting)
    {
        builder.SettingId = setting;
        context.Emitter.Emit(this, context.Hash(Domain.ConfigSetting, setting), isDead: false);
    }
}
