using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>What the asset contracts of a checkpoint say about the network's passphrase, from which their ids are derived.</summary>
/// <remarks>
/// The host makes each of these contracts under one id only. One id that is derived from the passphrase proves it, because such an id
/// cannot be made otherwise. One that is not proves nothing alone: archives of test networks hold entries that were carried over from other
/// networks. Where there are some and not one is derived, the passphrase is that of another network. Safe for use by several workers.
/// </remarks>
/// <param name="network">The network that the user named.</param>
public sealed class PassphraseEvidence(StellarNetwork network)
{
    private long derived;
    private long others;
    private byte[]? otherNative;

    /// <summary>Notes an asset contract whose id is derived from the passphrase.</summary>
    public void NoteDerived() => Interlocked.Increment(ref derived);

    /// <summary>Notes a contract of the native asset.</summary>
    /// <param name="contract">Its id, 32 bytes.</param>
    public void NoteNative(ReadOnlySpan<byte> contract)
    {
        if (contract.SequenceEqual(network.NativeContractId)) NoteDerived();
        else Interlocked.CompareExchange(ref otherNative, contract.ToArray(), null);
    }

    /// <summary>Notes a contract of a credit asset under an id that is not derived from the passphrase.</summary>
    public void NoteOther() => Interlocked.Increment(ref others);

    /// <summary>Decides whether a passphrase may be right that the user has named and the archive has not.</summary>
    /// <returns>A remark where nothing speaks for it or against it; null where it is proved.</returns>
    /// <exception cref="PopulateException">Every asset contract speaks against it (kind usage).</exception>
    public string? Judge()
    {
        if (Interlocked.Read(ref derived) > 0) return null;
        if (Volatile.Read(ref otherNative) is { } found) throw PopulateThrow.WrongPassphrase(network, found);
        if (Interlocked.Read(ref others) is > 0 and var contracts) throw PopulateThrow.WrongPassphrase(network, contracts);
        return $"The archive does not name its network, and holds no asset contract whose id would prove the passphrase "
            + $"\"{network.Passphrase}\": it is taken on your word.";
    }
}
