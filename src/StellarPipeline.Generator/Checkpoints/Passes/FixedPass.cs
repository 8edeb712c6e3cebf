using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes one key whose versions differ only in their ledger.</summary>
internal sealed class FixedPass(EntryBuilder builder) : EntryPass
{
    public override EntryBuilder Builder => builder;

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
    }
}
