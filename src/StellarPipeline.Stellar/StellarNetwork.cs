using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.Stellar;

/// <summary>A Stellar network: its passphrase, values derived from it, and its names in other tools.</summary>
[TypeConverter(typeof(StellarNetworkConverter))]
public sealed class StellarNetwork
{
    private const string PubnetPassphrase = "Public Global Stellar Network ; September 2015";
    private const string TestnetPassphrase = "Test SDF Network ; September 2015";
    private const string FuturenetPassphrase = "Test SDF Future Network ; October 2022";

    private readonly byte[] id;
    private readonly byte[] nativeContractId;

    private StellarNetwork(string name, string passphrase, params string[] lockNames)
    {
        Name = name;
        Passphrase = passphrase;
        id = SHA256.HashData(Encoding.UTF8.GetBytes(passphrase));
        nativeContractId = new byte[32];
        AssetContractId.OfNative(id, nativeContractId);
        IngestLockKeys = [.. lockNames.Select(IngestLockKey)];
    }

    /// <summary>The public network. wallet-backend installations name it mainnet or pubnet.</summary>
    public static StellarNetwork Pubnet { get; } = new("pubnet", PubnetPassphrase, "mainnet", "pubnet");

    /// <summary>The test network.</summary>
    public static StellarNetwork Testnet { get; } = new("testnet", TestnetPassphrase, "testnet");

    /// <summary>The future network.</summary>
    public static StellarNetwork Futurenet { get; } = new("futurenet", FuturenetPassphrase, "futurenet");

    /// <summary>Short name; for a custom network, the passphrase.</summary>
    public string Name { get; }

    /// <summary>The passphrase, which identifies the network in archives and signatures.</summary>
    public string Passphrase { get; }

    /// <summary>SHA-256 of the passphrase, 32 bytes.</summary>
    public ReadOnlySpan<byte> Id => id;

    /// <summary>Contract id of the asset contract of the native asset, 32 bytes.</summary>
    public ReadOnlySpan<byte> NativeContractId => nativeContractId;

    /// <summary>
    /// Keys of the PostgreSQL advisory locks that wallet-backend's ingest process takes for this network, so that it and a load exclude
    /// each other: FNV-1a (64 bit) of <c>wallet-backend-ingest-&lt;network&gt;</c> as a signed number (wallet-backend
    /// internal/services/ingest.go).
    /// </summary>
    public IReadOnlyList<long> IngestLockKeys { get; }

    /// <summary>
    /// Finds a network by name (pubnet, public, mainnet, testnet, futurenet), or takes the text as the passphrase of a custom network.
    /// </summary>
    /// <param name="nameOrPassphrase">Name or passphrase, not empty.</param>
    /// <returns>The network.</returns>
    public static StellarNetwork Parse(string nameOrPassphrase)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPassphrase);
        return nameOrPassphrase.ToLowerInvariant() switch
        {
            "pubnet" or "public" or "mainnet" => Pubnet,
            "testnet" => Testnet,
            "futurenet" => Futurenet,
            _ => nameOrPassphrase switch
            {
                PubnetPassphrase => Pubnet,
                TestnetPassphrase => Testnet,
                FuturenetPassphrase => Futurenet,
                _ => new StellarNetwork(nameOrPassphrase, nameOrPassphrase, nameOrPassphrase),
            },
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static long IngestLockKey(string network)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes("wallet-backend-ingest-" + network)) hash = unchecked((hash ^ value) * 1099511628211);
        return unchecked((long)hash);
    }
}
