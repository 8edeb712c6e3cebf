using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all CONTRACT_CODE entries.</summary>
internal sealed class ContractCodePass(GeneratorContext context) : EntryPass
{
    private readonly ContractCodeBuilder builder = new();

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        CodeTable codes = context.Codes;
        for (long slot = 0; slot < codes.Slots.Total; slot++)
        {
            bool isDead = codes.Slots.IsDead(slot);
            builder.Hash = codes.Hash(slot);
            builder.Code = codes.Code(slot);
            context.Emitter.Emit(this, context.Hash(Domain.Code, slot), isDead);
            if (!isDead) context.TimeToLive.Add(builder);
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        builder.HasCostInputs = context.Options.Protocol >= 21 && entropy.Chance(800);
        builder.InstructionCount = (uint)entropy.Below(20_000);
    }
}
