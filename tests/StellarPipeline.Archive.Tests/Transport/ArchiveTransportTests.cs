using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport;

public sealed class ArchiveTransportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline archive é ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Create_PathAndFileUrl_AreTheSameFolder()
    {
        Assert.Equal(folder, ArchiveTransport.Create(folder).Location);
        Assert.Equal(folder, ArchiveTransport.Create(new Uri(folder).AbsoluteUri).Location);
        Assert.Equal(folder, ArchiveTransport.Create("FILE://" + folder).Location);
    }

    [Theory]
    [InlineData("s3://bucket/archive", "s3:// URLs are not supported")]
    [InlineData("file://host/share", "three slashes")]
    [InlineData("/no/such/folder/anywhere", "There is no folder /no/such/folder/anywhere")]
    [InlineData("file:///no/such/folder/anywhere", "There is no folder /no/such/folder/anywhere")]
    [InlineData(" ", "is empty")]
    public void Create_APlaceThatCannotBeRead_IsAUsageError(string location, string part)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => ArchiveTransport.Create(location));

        Assert.Equal(ArchiveErrorCode.Location, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AFile_GivesItsBytesFromTheOffset()
    {
        Directory.CreateDirectory(Path.Combine(folder, "a"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "a/b.gz"), [1, 2, 3, 4, 5]);

        await using ArchiveObject? source = await ArchiveTransport.Create(folder).OpenAsync("a/b.gz", 2, CancellationToken.None);

        Assert.NotNull(source);
        Assert.Equal(3, source.LengthBytes);
        Assert.EndsWith("a/b.gz", source.Location, StringComparison.Ordinal);
        byte[] bytes = new byte[8];
        Assert.Equal(3, await source.Content.ReadAtLeastAsync(bytes, 8, throwOnEndOfStream: false));
        Assert.Equal([3, 4, 5], bytes[..3]);
    }

    [Theory]
    [InlineData("missing.gz")]
    [InlineData("missing/folder/file.gz")]
    public async Task Open_AFileThatIsNotThere_GivesNothing(string path) =>
        Assert.Null(await ArchiveTransport.Create(folder).OpenAsync(path, 0, CancellationToken.None));

    [Fact]
    public async Task Open_AFolder_IsAReadFailure()
    {
        Directory.CreateDirectory(Path.Combine(folder, "a"));

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(
            async () => await ArchiveTransport.Create(folder).OpenAsync("a", 0, CancellationToken.None));

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.gz")]
    [InlineData("/etc/hostname")]
    [InlineData("a/../../outside.gz")]
    public async Task Open_APathThatLeavesTheArchive_IsRefused(string path)
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            async () => await ArchiveTransport.Create(folder).OpenAsync(path, 0, CancellationToken.None));

        Assert.StartsWith(
            "The path is not a path inside an archive: it must come from ArchivePath.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_Cancelled_Throws() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await ArchiveTransport.Create(folder).OpenAsync("a", 0, new CancellationToken(true)));
}
