namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Emits contract entries and remembers the live ones for their TTL entries.</summary>
internal sealed class ContractEmitter(GeneratorContext context)
{
    public void Emit(EntryPass pass, ulong keyHash, bool isDead)
    {
        context.Emitter.Emit(pass, keyHash, isDead);
        if (!isDead) context.TimeToLive.Add(pass.Builder);
    }
}
