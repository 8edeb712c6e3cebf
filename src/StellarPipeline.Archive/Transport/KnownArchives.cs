using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Transport;

/// <summary>The public archives of the public networks.</summary>
/// <remarks>
/// pubnet: one archive of each of the seven organisations in the quorum set that stellar/go gives its users (the HISTORY lines of
/// ingest/ledgerbackend/configs/captive-core-pubnet.cfg), and a second one of the Stellar Development Foundation. No two organisations
/// share a host, so they do not fail together. testnet and futurenet: the archives of the Foundation (developers.stellar.org, "Networks";
/// stellar-core docs/stellar-core_testnet.cfg), all of a network on one host, because nobody else publishes them. Other archives of the
/// same network can be used in addition or instead.
/// </remarks>
public static class KnownArchives
{
    private static readonly KnownNetwork[] Known =
    [
        new("pubnet", "Public Global Stellar Network ; September 2015",
        [
            "https://history.stellar.org/prd/core-live/core_live_001/",
            "https://history.stellar.org/prd/core-live/core_live_002/",
            "https://bootes-history.publicnode.org/",
            "https://archive.v1.stellar.lobstr.co/",
            "https://stellar-history-usc.franklintempleton.com/azuscshf401/",
            "https://stellar-history-de-fra.satoshipay.io/",
            "https://alpha-history.validator.stellar.creit.tech/",
            "https://stellar-full-history1.bdnodes.net/",
        ]),
        new("testnet", "Test SDF Network ; September 2015",
        [
            "https://history.stellar.org/prd/core-testnet/core_testnet_001/",
            "https://history.stellar.org/prd/core-testnet/core_testnet_002/",
            "https://history.stellar.org/prd/core-testnet/core_testnet_003/",
        ]),
        new("futurenet", "Test SDF Future Network ; October 2022", ["https://history-futurenet.stellar.org/"]),
    ];

    /// <summary>All known networks.</summary>
    public static IReadOnlyList<KnownNetwork> Networks => Known;

    /// <summary>Finds a network by its name.</summary>
    /// <param name="networkName">pubnet, testnet or futurenet; case does not matter.</param>
    /// <returns>The network: its passphrase and its archives.</returns>
    /// <exception cref="ArchiveException">The network is not known (kind usage, code ARCHIVE_LOCATION).</exception>
    public static KnownNetwork Of(string networkName)
    {
        ArgumentNullException.ThrowIfNull(networkName);
        return Array.Find(Known, network => network.Name.Equals(networkName, StringComparison.OrdinalIgnoreCase))
            ?? throw HttpThrow.NetworkUnknown(networkName, Known.Select(network => network.Name));
    }
}
