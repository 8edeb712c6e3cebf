using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Tests.Transport.Mirrors;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Tests.Transport;

/// <summary>Files that should be there and are not yet: one place and several are waited for alike.</summary>
public sealed class PublicationTransportTests : MirrorTest
{
    private const string State = "history/00/00/00/history-0000003f.json";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_StatePublishedAMomentLater_IsWaitedForOnceTheNewestWasRead(bool hasSeveralPlaces)
    {
        First.Files[ArchivePath.RootState] = First.Files[State] = Content;
        First.Script(State, Faults.Status(404), Faults.Status(404));
        using PublicationTransport transport = Publication(hasSeveralPlaces);

        Assert.Null(await transport.OpenAsync(State, 0, Deadline.Token));
        Assert.Empty(Clock.Delays);
        await transport.ReadAsync(ArchivePath.RootState);

        Assert.Equal(Content, await transport.ReadAsync(State));
        Assert.Single(Clock.Delays);
        Assert.Null(await transport.OpenAsync("history/none", 0, Deadline.Token));
        Assert.Equal(4, Clock.Delays.Count);
        Clock.ElapseLongWaits();
        Assert.Null(await transport.OpenAsync("history/none", 0, Deadline.Token));
        Assert.Equal(4, Clock.Delays.Count);
    }

    [Theory]
    [InlineData("ledger/00/00/00/ledger-0000003f.xdr.gz", false)]
    [InlineData("ledger/00/00/00/ledger-0000003f.xdr.gz", true)]
    [InlineData("bucket/aa/aa/aa/bucket-aa.xdr.gz", false)]
    [InlineData("bucket/aa/aa/aa/bucket-aa.xdr.gz", true)]
    public async Task Open_HeadersOrBucketMissingAtFirst_AreLookedForAgain(string path, bool hasSeveralPlaces)
    {
        First.Files[path] = Content;
        First.Script(path, Faults.Status(404), Faults.Status(404), Faults.Status(404));
        Second.Files.TryRemove(path, out _);
        using PublicationTransport transport = Publication(hasSeveralPlaces);

        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(path, Deadline.Token));
        Assert.Equal(Content, await transport.ReadAsync(path));
        Assert.Equal(3, Clock.Delays.Count);
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(404, true)]
    [InlineData(410, false)]
    public async Task Open_NewestStateMissingForAMoment_IsLookedForAgain(int status, bool hasSeveralPlaces)
    {
        First.Files[ArchivePath.RootState] = Content;
        First.Script(ArchivePath.RootState, Faults.Status(status));
        using PublicationTransport transport = Publication(hasSeveralPlaces);

        Assert.Equal(Content, await transport.ReadAsync(ArchivePath.RootState));
        Assert.Single(Clock.Delays);
    }

    [Fact]
    public async Task Open_NewestStateOfAFolder_IsNotWaitedFor()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("archive-");
        using var transport = new PublicationTransport(new DirectoryTransport(folder.FullName), null, Clock);

        Assert.Null(await transport.OpenAsync(ArchivePath.RootState, 0, Deadline.Token));
        Assert.Empty(Clock.Delays);
        folder.Delete();
    }

    [Fact]
    public async Task Open_HeadersRefusedOnceByAStoreThatGaveOthers_AreLookedForAgain()
    {
        const string Headers = "ledger/00/00/00/ledger-0000003f.xdr.gz";
        First.Files[ArchivePath.RootState] = First.Files[Headers] = Content;
        First.Script(Headers, Faults.Status(403));
        using PublicationTransport transport = Publication(hasSeveralPlaces: false);
        await transport.ReadAsync(ArchivePath.RootState);

        Assert.Equal(Content, await transport.ReadAsync(Headers));
        Assert.Single(Clock.Delays);
    }

    [Fact]
    public async Task FindSize_OfABucketAgain_AsksNobody()
    {
        const string Bucket = "bucket/aa/aa/aa/bucket-aa.xdr.gz";
        First.Files[Bucket] = Content;
        using PublicationTransport transport = Publication(hasSeveralPlaces: false);

        await transport.FindSizeAsync(Bucket, Deadline.Token);
        Assert.Equal(new ArchiveFileSize(true, Content.Length), await transport.FindSizeAsync(Bucket, Deadline.Token));
        Assert.Single(First.Requests);
    }

    [Fact]
    public async Task ReportWrongContent_OfOnePlace_AllowsOneMoreReading()
    {
        using PublicationTransport transport = Publication(hasSeveralPlaces: false);
        await using ArchiveObject? file = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);

        Assert.True(transport.ReportWrongContent(TestFiles.Path, file!));
        Assert.False(transport.ReportWrongContent(TestFiles.Path, file!));
    }

    private PublicationTransport Publication(bool hasSeveralPlaces) =>
        new(hasSeveralPlaces ? Mirrors(First, Second) : TestFiles.Transport(First.Url, Clock), null, Clock, new Random(1));
}
