using StellarPipeline.Stellar.Populate;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.Stellar.Tests.Wallet;

public sealed class NativeContractsTests
{
    [Fact]
    public void RequireNetwork_OnlyAContractOfAnotherNetwork_Refuses()
    {
        var natives = new NativeContracts(StellarNetwork.Testnet);
        natives.Add(StellarNetwork.Parse("pubnet").NativeContractId);

        PopulateException error = Assert.Throws<PopulateException>(natives.RequireNetwork);
        Assert.Contains("Wrong network", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RequireNetwork_BothContracts_TakesThePassphrase(bool ownFirst)
    {
        var natives = new NativeContracts(StellarNetwork.Testnet);
        StellarNetwork[] order = ownFirst ? [StellarNetwork.Testnet, StellarNetwork.Parse("pubnet")] : [StellarNetwork.Parse("pubnet"), StellarNetwork.Testnet];
        foreach (StellarNetwork network in order) natives.Add(network.NativeContractId);

        natives.RequireNetwork();
    }

    [Fact]
    public void RequireNetwork_NoContract_SaysNothing() => new NativeContracts(StellarNetwork.Testnet).RequireNetwork();
}
