using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>A store's description is obeyed, and a store without one is read by options.</summary>
public sealed class LedgerStoreManifestTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void WriteManifest(string text) => File.WriteAllText(Path.Combine(folder.Path, ".config.json"), text);

    private async Task<LedgerException> ErrorAsync(LedgerStoreOptions? options = null) =>
        await Assert.ThrowsAsync<LedgerException>(() => LedgerSamples.OpenAsync(folder.Path, options));

    [Fact]
    public async Task Open_OtherNetwork_IsRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 1);

        LedgerException error =
            await ErrorAsync(new LedgerStoreOptions { NetworkPassphrase = "Public Global Stellar Network ; September 2015" });

        Assert.Equal(LedgerErrorCode.Network, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(LedgerSamples.Passphrase, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoDescription_NeedsTheOptions()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 100, 10, 3);
        File.Delete(Path.Combine(folder.Path, ".config.json"));

        Assert.Equal(LedgerErrorCode.Manifest, (await ErrorAsync()).Code);
        Assert.Equal(LedgerErrorCode.Manifest, (await ErrorAsync(new LedgerStoreOptions { LedgersPerObject = 10 })).Code);
        await using LedgerStore store = await LedgerSamples.OpenAsync(
            folder.Path,
            new LedgerStoreOptions { LedgersPerObject = 10, ObjectsPerPartition = 3, NetworkPassphrase = LedgerSamples.Passphrase });
        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await store.ReadAsync(1000, 1099));
    }

    [Fact]
    public async Task Open_OptionsThatContradictTheDescription_AreRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 1, 10, 3);

        Assert.Equal(LedgerErrorCode.Options, (await ErrorAsync(new LedgerStoreOptions { LedgersPerObject = 1 })).Code);
        Assert.Equal(LedgerErrorCode.Options, (await ErrorAsync(new LedgerStoreOptions { ObjectsPerPartition = 1 })).Code);
        await using LedgerStore store =
            await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { LedgersPerObject = 10, ObjectsPerPartition = 3 });
        Assert.Equal(new LedgerStoreLayout(10, 3), store.Layout);
    }

    [Theory]
    [InlineData("", "is not JSON: ")]
    [InlineData("<html></html>", "web page")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"version":"2.0","ledgersPerBatch":1,"batchesPerPartition":1}""", "version \"2.0\"")]
    [InlineData("""{"compression":"gzip","ledgersPerBatch":1,"batchesPerPartition":1}""", "\"gzip\"")]
    [InlineData("""{"ledgersPerBatch":0,"batchesPerPartition":1}""", "ledgersPerBatch")]
    [InlineData("""{"ledgersPerBatch":1,"batchesPerPartition":4294967296}""", "batchesPerPartition")]
    [InlineData("""{"ledgersPerBatch":"1","batchesPerPartition":1}""", "ledgersPerBatch")]
    [InlineData("""{"networkPassphrase":7,"ledgersPerBatch":1,"batchesPerPartition":1}""", "networkPassphrase")]
    public async Task Open_DescriptionThatCannotBeObeyed_SaysWhy(string text, string expected)
    {
        WriteManifest(text);

        LedgerException error = await ErrorAsync();

        Assert.Equal(LedgerErrorCode.Manifest, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ledgers", "{0}ledgers")]
    [InlineData("/deep/er", "{0}deep/er")]
    public async Task Open_LedgersPath_ReadsBelowIt(string ledgersPath, string place)
    {
        string ledgers = string.Format(System.Globalization.CultureInfo.InvariantCulture, place, folder.Path + "/");
        LedgerSamples.WriteStore(ledgers, 1000, 5);
        File.Delete(Path.Combine(ledgers, ".config.json"));
        WriteManifest($$"""{"ledgersPath":"{{ledgersPath}}","ledgersPerBatch":1,"batchesPerPartition":64000}""");
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        Assert.Equal(LedgerSamples.Numbers(1000, 1004), await store.ReadAsync(1000, null));
    }

    [Theory]
    [InlineData("https://host/bucket/stellar/pubnet", "/stellar/pubnet/ledgers", "ledgers/")]
    [InlineData("https://host/bucket/stellar/pubnet/", "stellar/pubnet", "")]
    [InlineData("https://host/bucket", "/stellar/pubnet/ledgers/", "stellar/pubnet/ledgers/")]
    [InlineData("https://host/bucket", null, "")]
    public void Prefix_PathOfTheWholeStore_IsSeenFromTheDescription(string location, string? path, string expected) =>
        Assert.Equal(expected, new LedgerStoreManifest(null, 1, 1, path).PrefixIn(location));
}
