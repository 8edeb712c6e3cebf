using StellarPipeline.Stellar.Populate;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>The contracts of the native asset that a checkpoint holds. Their ids tell whether the network's passphrase is right, where the archive does not name its network.</summary>
/// <remarks>
/// The host makes this contract under one id only, which is derived from the passphrase. Archives of test networks hold entries that were carried over from other networks,
/// so an id of another network proves nothing as long as the right one is there, too. Thread-safe.
/// </remarks>
public sealed class NativeContracts(StellarNetwork network)
{
    private byte[]? other;
    private volatile bool hasOwn;

    /// <summary>Notes the id of a native asset's contract.</summary>
    /// <param name="contract">The id, 32 bytes.</param>
    public void Add(ReadOnlySpan<byte> contract)
    {
        if (contract.SequenceEqual(network.NativeContractId)) hasOwn = true;
        else Interlocked.CompareExchange(ref other, contract.ToArray(), null);
    }

    /// <summary>Refuses a passphrase under which none of the contracts has the id that it must have.</summary>
    /// <exception cref="PopulateException">The passphrase is that of another network.</exception>
    public void RequireNetwork()
    {
        if (!hasOwn && Volatile.Read(ref other) is { } found) throw PopulateThrow.WrongPassphrase(network, found);
    }
}
