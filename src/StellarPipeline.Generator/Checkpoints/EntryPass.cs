using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Passes the entries of one kind to the emitter, key by key in bucket order.</summary>
internal abstract class EntryPass
{
    /// <summary>The builder that holds the current key; its key fields are set before the key is emitted.</summary>
    public abstract EntryBuilder Builder { get; }

    /// <summary>Sets the fields that differ between the versions of the current key.</summary>
    /// <param name="entropy">Pseudo-random numbers for this key and version.</param>
    /// <param name="isNewest">Whether this is the key's newest version, which a merge yields.</param>
    public abstract void Fill(ref Entropy entropy, bool isNewest);
}
