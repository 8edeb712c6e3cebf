using System.Text;

namespace StellarPipeline.Stellar.Tests;

public sealed class DeterministicIdTests
{
    [Fact]
    public void OfAsset_PublicUsdc_IsTheIdThatWalletBackendComputes()
    {
        byte[] id = new byte[DeterministicId.Bytes];
        DeterministicId.OfAsset("USDC:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN"u8, id);
        Assert.Equal("42251ba8-4c73-5831-bb2f-4b211588ae3f", new Guid(id, bigEndian: true).ToString());
    }

    [Theory]
    [InlineData("CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75", "5d355bc7-7b11-5f36-8734-698f810aac7c")]
    [InlineData("CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA", "2163faf8-5c69-5e93-984d-5c94dd051976")]
    public void OfContract_KnownContracts_AreTheIdsThatWalletBackendComputes(string contract, string expected)
    {
        byte[] id = new byte[DeterministicId.Bytes];
        DeterministicId.OfContract(Encoding.UTF8.GetBytes(contract), id);
        Assert.Equal(expected, new Guid(id, bigEndian: true).ToString());
    }
}
