using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>What the asset contracts of a checkpoint show about the network's passphrase, from which their ids are derived.</summary>
/// <remarks>
/// The host creates each asset contract under only one id. One id that is derived from the passphrase proves the passphrase, because such
/// an id cannot be created otherwise. One id that is not derived from it proves nothing by itself: archives of test networks contain
/// entries copied from other networks. If there are asset contracts but none has a derived id, the passphrase belongs to another network.
/// Safe for several workers.
/// </remarks>
/// <param name="network">The network that the user named.</param>
public sealed class PassphraseEvidence(StellarNetwork network)
{
    private long derived;
    private long others;
    private byte[]? otherNative;

    /// <summary>Records an asset contract whose id is derived from the passphrase.</summary>
    public void NoteDerived() => Interlocked.Increment(ref derived);

    /// <summary>Records a contract of the native asset.</summary>
    /// <param name="contract">Its id, 32 bytes.</param>
    public void NoteNative(ReadOnlySpan<byte> contract)
    {
        if (contract.SequenceEqual(network.NativeContractId)) NoteDerived();
        else Interlocked.CompareExchange(ref otherNative, contract.ToArray(), null);
    }

    /// <summary>Records a contract of a credit asset under an id that is not derived from the passphrase.</summary>
    public void NoteOther() => Interlocked.Increment(ref others);

    /// <summary>Decides whether a passphrase can be right that the user gave and the archive does not name.</summary>
    /// <returns>A remark if there is no evidence; null if the passphrase is proved.</returns>
    /// <exception cref="PopulateException">All asset contracts contradict it (FailureKind.Usage).</exception>
    public string? Judge()
    {
        if (Interlocked.Read(ref derived) > 0) return null;
        if (Volatile.Read(ref otherNative) is { } found) throw PopulateThrow.WrongPassphrase(network, found);
        if (Interlocked.Read(ref others) is > 0 and var contracts) throw PopulateThrow.WrongPassphrase(network, contracts);
        return $"The archive does not name its network, and has no asset contract whose id could prove the passphrase "
            + $"\"{network.Passphrase}\", so the passphrase was not checked.";
    }
}
