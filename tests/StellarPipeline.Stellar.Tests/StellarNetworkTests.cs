using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests;

public sealed class StellarNetworkTests
{
    [Theory]
    [InlineData("pubnet", "7ac33997544e3175d266bd022439b22cdb16508c01163f26e5cb2a3e1045a979",
        "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA")]
    [InlineData("testnet", "cee0302d59844d32bdca915c8203dd44b33fbb7edc19051ea37abedf28ecd472",
        "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC")]
    [InlineData("Standalone Network ; February 2017", "baefd734b8d3e48472cff83912375fedbc7573701912fe308af730180f97d74a",
        "CDMLFMKMMD7MWZP3FKUBZPVHTUEDLSX4BYGYKH4GCESXYHS3IHQ4EIG4")]
    public void Parse_KnownNetwork_DerivesIdAndNativeContract(string name, string id, string nativeContract)
    {
        var network = StellarNetwork.Parse(name);
        Assert.Equal(id, Convert.ToHexStringLower(network.Id));
        Assert.Equal(nativeContract, StrKey.Encode(StrKeyKind.Contract, network.NativeContractId));
    }

    [Fact]
    public void Parse_PassphraseOfAKnownNetwork_IsThatNetwork()
    {
        Assert.Same(StellarNetwork.Pubnet, StellarNetwork.Parse("Public Global Stellar Network ; September 2015"));
        Assert.Same(StellarNetwork.Pubnet, StellarNetwork.Parse("MainNet"));
        Assert.Same(StellarNetwork.Testnet, StellarNetwork.Parse("Test SDF Network ; September 2015"));
    }

    [Fact]
    public void IngestLockKeys_KnownNetworks_AreThoseOfWalletBackend()
    {
        Assert.Equal([-8622139916493065622], StellarNetwork.Testnet.IngestLockKeys);
        Assert.Equal([2797098405133529205, -8385972611569594459], StellarNetwork.Pubnet.IngestLockKeys);
    }
}
