using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Contracts of assets are shown by the assets' names where the ledger tells them.</summary>
public sealed class LedgerAssetsTests
{
    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Find_RecordedLedgers_NamesTheAssetOfEveryRow(string name)
    {
        var set = GoldenSet.Open(name);
        using var projection = new HistoryProjection(set.Network(), new PagePool());
        foreach (byte[] ledger in set.Ledgers())
        {
            var rows = TestRows.Of(projection, ledger);
            HashSet<Hash256> tokens = [.. rows.Changes.Select(row => row["token_id"]).OfType<string>().Distinct()
                .Select(token => new Hash256(Convert.FromHexString(token).AsSpan(1)))];

            IReadOnlyDictionary<Hash256, string> names = LedgerAssets.Find(ledger, set.Network(), tokens);

            Assert.Equal(tokens.Order(), names.Keys.Order());
        }
    }

    [Theory]
    [InlineData("USD")]
    [InlineData("USDLONGER")]
    public void Find_AssetThatOnlyAnEventNames_IsFound(string code)
    {
        byte[] contract = AssetContract(TestLedger.Network, Asset(code, 50));
        byte[] other = AssetContract(TestLedger.Network, Asset(code, 51));

        IReadOnlyDictionary<Hash256, string> names = LedgerAssets.Find(Cat(AssetName("XYZ", 50), AssetName(code, 50)), TestLedger.Network,
            new HashSet<Hash256> { new(contract), new(other) });

        Assert.Equal($"{code}:{StrKey.Encode(StrKeyKind.Account, Key(50))}", Assert.Single(names).Value);
        Assert.Equal(new Hash256(contract), names.Keys.Single());
    }

    [Fact]
    public void Find_AssetsAtTheEndOfTheBytes_AreFound()
    {
        byte[] contract = AssetContract(TestLedger.Network, Asset("USDLONGER", 50));
        byte[] native = AssetContract(TestLedger.Network, Native);

        IReadOnlyDictionary<Hash256, string> names = LedgerAssets.Find(Cat(U32(2), Asset("USDLONGER", 50)), TestLedger.Network,
            new HashSet<Hash256> { new(contract), new(native) });

        Assert.Equal(2, names.Count);
        Assert.Equal("native", names[new Hash256(native)]);
    }
}
