using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Mirrors;

namespace StellarPipeline.Archive.Tests.Transport;

/// <summary>The public archives by the name of their network.</summary>
public sealed class KnownArchivesTests
{
    [Theory]
    [InlineData("pubnet", "Public Global Stellar Network ; September 2015", 8)]
    [InlineData("TestNet", "Test SDF Network ; September 2015", 3)]
    [InlineData("futurenet", "Test SDF Future Network ; October 2022", 1)]
    public void Of_AKnownNetwork_GivesPassphraseAndSecureUrls(string name, string passphrase, int archives)
    {
        KnownNetwork network = KnownArchives.Of(name);

        Assert.Equal(passphrase, network.Passphrase);
        Assert.Equal(archives, network.Archives.Distinct().Count());
        Assert.All(network.Archives, url => Assert.Matches("^https://[a-z0-9.-]+/([a-z0-9_/-]+/)?$", url));
        using var transport = MirrorTransport.Create(network.Archives) as IDisposable;
        Assert.NotNull(transport);
    }

    [Fact]
    public void Of_Pubnet_DoesNotDependOnOneHostOrOneOrganisation()
    {
        string[] hosts = [.. KnownArchives.Of("pubnet").Archives.Select(url => new Uri(url).Host).Distinct()];

        Assert.True(hosts.Length >= 7, string.Join(", ", hosts));
        Assert.True(hosts.Select(host => string.Join('.', host.Split('.')[^2..])).Distinct().Count() >= 7, string.Join(", ", hosts));
    }

    [Fact]
    public void Of_AnUnknownNetwork_NamesTheKnownOnes()
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => KnownArchives.Of("mainnet"));

        Assert.Equal(Dataflow.FailureKind.Usage, error.Kind);
        Assert.Contains("\"mainnet\". Known networks are pubnet, testnet, futurenet;", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, KnownArchives.Networks.Count);
    }
}
