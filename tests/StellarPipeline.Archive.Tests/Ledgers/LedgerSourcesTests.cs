using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Dataflow;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Any place that people name gives its source.</summary>
public sealed class LedgerSourcesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static async Task<List<uint>> ReadAsync(uint? first, uint? last, params string[] locations)
    {
        await using ILedgerSource source = await LedgerSources.OpenAsync(locations, cancellationToken: Deadline.Token);
        return await source.ReadAsync(first, last);
    }

    [Fact]
    public async Task Open_StoreFolderFileUrlOrServer_ReadsIt()
    {
        string store = Path.Combine(folder.Path, "store");
        LedgerSamples.WriteStore(store, 1000, 20);
        await using ArchiveServer server = await ArchiveServer.StartAsync(store);

        Assert.Equal(LedgerSamples.Numbers(1003, 1010), await ReadAsync(1003, 1010, store));
        Assert.Equal(LedgerSamples.Numbers(1003, 1010), await ReadAsync(1003, 1010, new Uri(store).AbsoluteUri));
        Assert.Equal(LedgerSamples.Numbers(1003, 1010), await ReadAsync(1003, 1010, server.Url));
        Assert.Equal(LedgerSamples.Numbers(1003, 1010), await ReadAsync(1003, 1010, server.Url, store));
        string file = Path.GetRelativePath(store, LedgerSamples.PathOf(store, 1007)).Replace('\\', '/');
        Assert.Equal([1007u], await ReadAsync(null, null, server.Url + file));
    }

    [Fact]
    public async Task Open_FolderWithoutDescription_ReadsItsFilesInTheOrderOfLedgers()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 30, 8, 2);
        File.Delete(Path.Combine(folder.Path, ".config.json"));

        Assert.Equal(LedgerSamples.Numbers(1000, 1029), await ReadAsync(null, null, folder.Path));
    }

    [SkippableFact]
    public async Task Open_SampleStore_ReadsIt()
    {
        await using ILedgerSource source = await LedgerSources.OpenAsync([SampleData.Require("ledgers/datastore")]);
        List<uint> read = [];
        await foreach (LedgerBuffer ledger in source.ReadAsync(new LedgerRange(997, null)))
        {
            read.Add(ledger.Sequence);
            ledger.Dispose();
        }

        Assert.Equal([997u, 998u, 999u], read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ftp://host/ledgers")]
    [InlineData("s3://")]
    [InlineData("s3://user:secret@bucket/x")]
    [InlineData("s3://bucket/x?regoin=us-east-2")]
    [InlineData("s3://bucket/x?region=evil.example/")]
    [InlineData("gs://bucket/x?region=us-east-2")]
    [InlineData("gs://bucket/x?sign=true")]
    [InlineData("s3://bucket/x?sign=true")]
    [InlineData("s3://bucket/x?region=us-east-2&sign=yes")]
    [InlineData("s3://bucket/x?region=us-east-2&sign=true")]
    public async Task Open_PlaceThatIsNone_IsRefusedWithoutSecrets(string location)
    {
        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => LedgerSources.OpenAsync([location]));

        Assert.Equal((FailureKind.Usage, LedgerErrorCode.Location), (error.Kind, error.Code));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_StoresAndFilesTogetherOrAnEmptyFolder_IsRefused()
    {
        string store = Path.Combine(folder.Path, "store");
        LedgerSamples.WriteStore(store, 1000, 2);
        string empty = Directory.CreateDirectory(Path.Combine(folder.Path, "empty")).FullName;

        await Assert.ThrowsAsync<LedgerException>(() => LedgerSources.OpenAsync([store, LedgerSamples.PathOf(store, 1000)]));
        await Assert.ThrowsAsync<LedgerException>(() => LedgerSources.OpenAsync([empty]));
    }

    [Theory]
    [InlineData("s3://aws-public-blockchain/v1.1/stellar/ledgers/pubnet?region=us-east-2",
        "https://aws-public-blockchain.s3.us-east-2.amazonaws.com/v1.1/stellar/ledgers/pubnet")]
    [InlineData("s3://bucket", "https://bucket.s3.amazonaws.com")]
    [InlineData("s3://my.bucket/a/?region=eu-west-1", "https://s3.eu-west-1.amazonaws.com/my.bucket/a")]
    [InlineData("s3://bucket/a?endpoint=http://127.0.0.1:9000", "http://127.0.0.1:9000/bucket/a")]
    [InlineData("gs://bucket/a/b/", "https://storage.googleapis.com/bucket/a/b")]
    [InlineData("s3://bucket/a?region=us-east-2&sign=true", "https://bucket.s3.us-east-2.amazonaws.com/a")]
    public void Parse_Bucket_IsItsHttpAddress(string location, string expected) =>
        Assert.Equal(new Uri(expected), BucketLocation.Parse(location)!.Url);

    [Theory]
    [InlineData("https://host/a?token=x")]
    [InlineData("/a/folder")]
    [InlineData("-")]
    public void Parse_NoBucket_IsNull(string location) => Assert.Null(BucketLocation.Parse(location));
}
