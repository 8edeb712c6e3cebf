using Amazon.Runtime;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.S3;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers.Output;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>
/// Private buckets: the AWS SDK signs each request, and a server that checks the signature by the published rules takes it.
/// </summary>
public sealed class SignedBucketTests : IDisposable
{
    private const string KeyId = "AKIDEXAMPLE";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private readonly TemporaryFolder folder = new();
    private readonly SignatureJudge judge = new(KeyId, Secret);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_PrivateBucket_GivesEveryLedger(int perObject)
    {
        await using ArchiveServer server = await StartAsync(perObject);
        await using ILedgerSource source = await OpenAsync(PlaceOf(server), Secret);

        Assert.Equal(LedgerSamples.Numbers(1000, 1079), await source.ReadAsync(1000, 1079));
        Assert.All(server.Requests, request => Assert.Contains("X-Amz-Signature=", request.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_ConnectionBreaksInTheMiddle_GoesOnWithASignatureOfItsOwn()
    {
        await using ArchiveServer server = await StartAsync(perObject: 64);
        string name = LedgerDataStore.NameOf(1024, 64, 64000);
        server.Script(name, exchange => judge.AnswerAsync(exchange, Faults.CutAt(2000)));
        await using ILedgerSource source = await OpenAsync(PlaceOf(server), Secret);

        Assert.Equal(LedgerSamples.Numbers(1000, 1079), await source.ReadAsync(1000, 1079));
        Assert.Contains(server.Requests, request => request.Path == name && request.From > 0);
    }

    [Fact]
    public async Task Read_StoreEnds_IsToldFromAHoleBySignedQuestions()
    {
        await using ArchiveServer server = await StartAsync();
        await using ILedgerSource source = await OpenAsync(PlaceOf(server), Secret);

        LedgersEndedException error = await Assert.ThrowsAsync<LedgersEndedException>(() => source.ReadAsync(1000, 2000));

        Assert.Equal(1079u, error.LastLedger);
        Assert.Contains(server.Requests, request => request.Method == "HEAD");
    }

    [Fact]
    public async Task Open_WrongSecret_IsRefusedWithoutShowingAnyOfIt()
    {
        await using ArchiveServer server = await StartAsync();

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => OpenAsync(PlaceOf(server), "another"));

        Assert.Equal(TransportErrorCode.AccessDenied, error.Code);
        Assert.DoesNotContain("X-Amz", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(KeyId, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoCredentials_SaysWhereToPutThem()
    {
        await using ArchiveServer server = await StartAsync();
        string place = PlaceOf(server);

        S3Exception error = await Assert.ThrowsAsync<S3Exception>(() =>
            LedgerSources.OpenAsync([place], httpOptions: S3Requests.WithSignatures([place], credentials: new NoCredentials()),
                cancellationToken: Deadline.Token));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("AWS_ACCESS_KEY_ID", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_RedirectToAnotherServer_TakesNoSignatureThere()
    {
        await using ArchiveServer server = await StartAsync();
        await using ArchiveServer other = await ArchiveServer.StartAsync(folder.Path);
        string name = LedgerDataStore.NameOf(1003, 1, 64000);
        server.Script(name, Faults.Redirect(other.Url + name));
        await using ILedgerSource source = await OpenAsync(PlaceOf(server), Secret);

        Assert.Equal([1003u], await source.ReadAsync(1003, 1003));
        Assert.Equal("", Assert.Single(other.Requests).Query);
    }

    [Fact]
    public void WithSignatures_NoPlaceAsksForIt_LeavesTheOptionsAlone()
    {
        var options = new HttpTransportOptions();

        Assert.Same(options, S3Requests.WithSignatures(["s3://bucket/a?region=us-east-2", "/folder", "-"], options));
        Assert.Null(S3Requests.WithSignatures(["https://host/a"]));
    }

    private static string PlaceOf(ArchiveServer server) =>
        $"s3://archive?endpoint={server.Url.Replace("/archive/", "", StringComparison.Ordinal)}&region=us-east-2&sign=true";

    private static Task<ILedgerSource> OpenAsync(string place, string secret) => LedgerSources.OpenAsync(
        [place], httpOptions: S3Requests.WithSignatures([place], TestFiles.Options, new BasicAWSCredentials(KeyId, secret)),
        cancellationToken: Deadline.Token);

    private async Task<ArchiveServer> StartAsync(int perObject = 1)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 80, perObject);
        ArchiveServer server = await ArchiveServer.StartAsync(folder.Path);
        server.Always = judge.AnswerAsync;
        return server;
    }

    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw new AmazonClientException("There are none.");

        public override Task<ImmutableCredentials> GetCredentialsAsync() => throw new AmazonClientException("There are none.");
    }
}
