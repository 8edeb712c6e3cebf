using System.Security.Cryptography;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Tests.Projections.Wallet;

/// <summary>The passphrase that only the user has named: what the asset contracts of a checkpoint say about it.</summary>
public sealed class PassphraseEvidenceTests
{
    private static readonly StellarNetwork Network = StellarNetwork.Testnet;
    private static readonly byte[] Issuer = [.. Enumerable.Repeat((byte)0x44, 32)];
    private static readonly byte[] Elsewhere = [.. Enumerable.Repeat((byte)0x11, 32)];

    [Fact]
    public void Judge_NativeContractOfAnotherNetworkAlone_IsRefused()
    {
        PopulateException error = Assert.Throws<PopulateException>(() => Evidence(Native(Elsewhere)).Judge());

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Wrong network: the contract of the native asset has the id C", error.Message, StringComparison.Ordinal);
        Assert.Contains(StrKey.Encode(StrKeyKind.Contract, Network.NativeContractId), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_NoCreditContractHasItsId_IsRefused()
    {
        PopulateException error = Assert.Throws<PopulateException>(() => Evidence(Credit(Elsewhere), Credit(Issuer)).Judge());

        Assert.Contains("none of its 2 asset contracts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_OneIdIsDerived_ProvesThePassphraseWhateverElseIsThere()
    {
        byte[] derived = SHA256.HashData([0, 0, 0, 8, .. Network.Id, 0, 0, 0, 1, .. AssetXdr.Credit("USD", Issuer)]);

        Assert.Null(Evidence(Native(Elsewhere), Credit(Elsewhere), Credit(derived)).Judge());
        Assert.Null(Evidence(Native(Elsewhere), Native(Network.NativeContractId.ToArray())).Judge());
    }

    [Fact]
    public void Judge_NoAssetContract_IsARemark() =>
        Assert.Contains("the passphrase was not checked", Evidence().Judge(), StringComparison.Ordinal);

    private static byte[] Native(byte[] contract) => Instance(contract, StellarAssetContractXdr.NativeInstance());

    private static byte[] Credit(byte[] contract) => Instance(contract, StellarAssetContractXdr.Instance("USD", Issuer));

    private static byte[] Instance(byte[] contract, byte[] instance) =>
        new ContractDataBuilder
        {
            Contract = ScAddressXdr.Contract(contract),
            StorageKey = ScValueXdr.InstanceKey(),
            Value = instance,
        }.Entry();

    private static PassphraseEvidence Evidence(params byte[][] entries)
    {
        using var projection = new WalletProjection(63, Network, new PagePool());
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(new PagePool());
        foreach (byte[] entry in entries) encoder.Encode(LedgerEntryView.Parse(entry));
        return projection.Passphrase;
    }
}
