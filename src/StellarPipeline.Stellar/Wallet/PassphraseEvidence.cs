using StellarPipeline.Stellar.Populate;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>What the asset contracts of a checkpoint say about the network's passphrase, from which their ids are derived.</summary>
/// <remarks>
/// One id that is derived from the passphrase proves it: such an id cannot be forged. One that is not proves nothing, because an archive may have been made by
/// hand; where there are some and not one is derived, the passphrase is another. Safe for use by several workers.
/// </remarks>
internal sealed class PassphraseEvidence
{
    private long derived;
    private long other;

    /// <summary>Notes an asset contract whose id is derived from the passphrase.</summary>
    public void NoteDerived() => Interlocked.Increment(ref derived);

    /// <summary>Notes an asset contract of the host's own executable under another id.</summary>
    public void NoteOther() => Interlocked.Increment(ref other);

    /// <summary>Decides whether a passphrase may be right that nobody but the user has named.</summary>
    /// <param name="network">The network that the user named.</param>
    /// <returns>A remark where nothing speaks for it or against it; null where it is proved.</returns>
    /// <exception cref="PopulateException">Every asset contract speaks against it (kind usage).</exception>
    public string? Judge(StellarNetwork network)
    {
        if (Interlocked.Read(ref derived) > 0) return null;
        if (Interlocked.Read(ref other) is > 0 and var contracts) throw PopulateThrow.WrongPassphrase(network, contracts);
        return $"The archive does not name its network, and holds no asset contract whose id would prove the passphrase \"{network.Passphrase}\": it is taken on your word.";
    }
}
