using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers.Output;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Copies of a store's objects: fetched once, never trusted, bounded, and never in the way.</summary>
public sealed class LedgerCopiesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder copies = new();

    public void Dispose()
    {
        folder.Dispose();
        copies.Dispose();
    }

    private static string NameOf(uint ledger) => LedgerDataStore.NameOf(ledger, 1, 64000);

    private string[] Copies() => [.. Directory.GetFiles(copies.Path, "*", SearchOption.AllDirectories).Order()];

    private string CopyOf(uint ledger) =>
        Assert.Single(Copies(), file => Path.GetFileName(file) == Path.GetFileName(NameOf(ledger)));

    private async Task<ArchiveServer> StartAsync(int count = 100)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, count);
        return await ArchiveServer.StartAsync(folder.Path);
    }

    private Task<LedgerStore> OpenAsync(ArchiveServer server, long? maxBytes = null)
    {
        var options = new LedgerStoreOptions { CopyFolder = copies.Path };
        return LedgerStore.OpenAsync(
            TestFiles.Transport(server.Url), maxBytes is { } most ? options with { MaxCopyBytes = most } : options, isTransportOwned: true,
            Deadline.Token);
    }

    private static int ObjectRequests(ArchiveServer server) =>
        server.Requests.Count(request => request.Path.Contains(".xdr", StringComparison.Ordinal));

    [Fact]
    public async Task Read_SecondTime_AsksTheServerForNoObject()
    {
        await using ArchiveServer server = await StartAsync();
        await using (LedgerStore first = await OpenAsync(server))
            Assert.Equal(LedgerSamples.Numbers(1000, 1099), await first.ReadAsync(1000, 1099));
        int before = ObjectRequests(server);
        await using LedgerStore second = await OpenAsync(server);

        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await second.ReadAsync(1000, 1099));

        Assert.Equal(100, before);
        Assert.Equal(before, ObjectRequests(server));
        Assert.Equal(await File.ReadAllBytesAsync(LedgerSamples.PathOf(folder.Path, 1042)), await File.ReadAllBytesAsync(CopyOf(1042)));
        Assert.Equal(0, second.Budget.LentBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public async Task Read_CopyThatIsCut_IsRemovedAndFetchedAgain(int bytes)
    {
        await using ArchiveServer server = await StartAsync();
        await using (LedgerStore first = await OpenAsync(server))
            await first.ReadAsync(1000, 1099);
        string copy = CopyOf(1042);
        byte[] whole = await File.ReadAllBytesAsync(copy);
        await File.WriteAllBytesAsync(copy, whole[..bytes]);
        int before = ObjectRequests(server);
        await using LedgerStore second = await OpenAsync(server);

        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await second.ReadAsync(1000, 1099));

        Assert.Equal(before + 1, ObjectRequests(server));
        Assert.Equal(whole, await File.ReadAllBytesAsync(copy));
    }

    [Fact]
    public async Task Read_ObjectThatIsDamagedInTheStore_LeavesNoCopy()
    {
        await using ArchiveServer server = await StartAsync();
        server.Files[NameOf(1042)] = server.Files[NameOf(1042)][..40];
        await using LedgerStore store = await OpenAsync(server);

        LedgerException error = await Assert.ThrowsAnyAsync<LedgerException>(() => store.ReadAsync(1042, 1042));

        Assert.Contains(NameOf(1042), error.Message, StringComparison.Ordinal);
        Assert.Empty(Copies());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DiscardCopy_LedgerThatIsNotProved_IsReadFromTheStoreAgain(bool wasReadFromTheCopy)
    {
        await using ArchiveServer server = await StartAsync();
        await using LedgerStore store = await OpenAsync(server);
        await store.ReadAsync(1000, 1099);
        string copy = CopyOf(1042);
        store.DiscardCopy(Unproved(LedgerSamples.PathOf(folder.Path, 1043)));
        Assert.True(File.Exists(copy));
        Assert.True(File.Exists(LedgerSamples.PathOf(folder.Path, 1043)));

        store.DiscardCopy(Unproved(wasReadFromTheCopy ? copy : server.Url + NameOf(1042)));

        Assert.False(File.Exists(copy));
        Assert.Equal([1042u], await store.ReadAsync(1042, 1042));
        Assert.True(File.Exists(copy));

        static LedgerException Unproved(string file) => new(FailureKind.Archive, "CHAIN", "x") { File = file };
    }

    [Fact]
    public async Task Read_MoreThanTheBound_RemovesWhatWasUsedLeastRecently()
    {
        const long Bound = 1 << 20;
        await using ArchiveServer server = await StartAsync();
        await using (LedgerStore first = await OpenAsync(server))
            await first.ReadAsync(1000, 1049);
        string old = CopyOf(1000);
        foreach (string file in Copies()) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
        string other = Path.Combine(Path.GetDirectoryName(old)!, Path.GetFileName(NameOf(7)));
        await File.WriteAllBytesAsync(other, new byte[Bound]);
        File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddDays(-3));

        // The folder is the user's: what is not a copy is neither counted nor removed.
        string[] strangers = [Path.Combine(copies.Path, "thesis"), Path.Combine(Path.GetDirectoryName(old)!, "notes"),
            Path.Combine(Directory.CreateDirectory(Path.Combine(copies.Path, "photos")).FullName, Path.GetFileName(NameOf(8)))];
        foreach (string stranger in strangers)
        {
            await File.WriteAllBytesAsync(stranger, new byte[Bound]);
            File.SetLastWriteTimeUtc(stranger, DateTime.UtcNow.AddDays(-9));
        }

        await using LedgerStore second = await OpenAsync(server, Bound);
        await second.ReadAsync(1050, 1099);

        Assert.False(File.Exists(other));
        Assert.All(strangers, stranger => Assert.True(File.Exists(stranger)));
        Assert.True(Copies().Except(strangers).Sum(file => new FileInfo(file).Length) <= Bound);
        Assert.True(File.Exists(CopyOf(1099)));
    }

    [Fact]
    public async Task Read_FolderThatCannotBeWritten_ReadsWithoutCopies()
    {
        await using ArchiveServer server = await StartAsync();
        string file = Path.Combine(copies.Path, "file");
        await File.WriteAllTextAsync(file, "");
        await using LedgerStore store = await LedgerStore.OpenAsync(
            TestFiles.Transport(server.Url), new LedgerStoreOptions { CopyFolder = Path.Combine(file, "below") }, isTransportOwned: true,
            Deadline.Token);

        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await store.ReadAsync(1000, 1099));
    }

    [Fact]
    public async Task Read_AnotherStoresCopies_AreNotUsed()
    {
        await using ArchiveServer server = await StartAsync();
        await using (LedgerStore first = await OpenAsync(server))
            await first.ReadAsync(1000, 1099);
        await using ArchiveServer other = await ArchiveServer.StartAsync(folder.Path);
        await using LedgerStore second = await OpenAsync(other);

        await second.ReadAsync(1000, 1099);

        Assert.Equal(100, ObjectRequests(other));
    }

    [Fact]
    public async Task Read_StoreInAFolder_IsNotCopied()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 10);
        await using LedgerStore store =
            await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { CopyFolder = copies.Path });

        await store.ReadAsync(1000, 1009);

        Assert.Empty(Copies());
    }
}
