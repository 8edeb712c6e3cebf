using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Generator.Ledgers.Output;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Data stores on a server: its faults are tried again, an end is told from a hole, and damage is one error.</summary>
public sealed class LedgerStoreHttpTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string NameOf(uint ledger, int perObject = 1) => LedgerDataStore.NameOf(ledger, perObject, 64000);

    private async Task<ArchiveServer> StartAsync(int count = 100, int perObject = 1)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, count, perObject);
        return await ArchiveServer.StartAsync(folder.Path);
    }

    private static Task<LedgerStore> OpenAsync(ArchiveServer server, LedgerStoreOptions? options = null) =>
        LedgerStore.OpenAsync(TestFiles.Transport(server.Url), options, isTransportOwned: true, Deadline.Token);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_GoodServer_GivesEveryLedger(int perObject)
    {
        await using ArchiveServer server = await StartAsync(perObject: perObject);
        await using LedgerStore store = await OpenAsync(server);

        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await store.ReadAsync(1000, 1099));
        Assert.Equal(0, store.Budget.LentBytes);
    }

    [Fact]
    public async Task Read_OlderExtension_IsAskedForFirstOnceItWasFound()
    {
        await using ArchiveServer server = await StartAsync(count: 40);
        foreach (string name in server.Files.Keys.Where(name => name.EndsWith(".zst", StringComparison.Ordinal)).ToList())
        {
            server.Files[name + "d"] = server.Files[name];
            server.Files.Remove(name, out _);
        }

        await using LedgerStore store = await OpenAsync(server, new LedgerStoreOptions { MaxObjectsAhead = 1 });

        Assert.Equal(LedgerSamples.Numbers(1000, 1039), await store.ReadAsync(1000, 1039));
        Assert.Single(server.Requests, request => request.Path.EndsWith(".zst", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_PassingFaults_AreTriedAgain()
    {
        await using ArchiveServer server = await StartAsync();
        server.Script(".config.json", Faults.Status(503));
        server.Script(NameOf(1003), Faults.Status(500), Faults.Status(429, retryAfter: "1"), Faults.Status(502));
        server.Script(NameOf(1050), Faults.CutAt(100), Faults.CutAt(300));
        await using LedgerStore store = await OpenAsync(server);

        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await store.ReadAsync(1000, 1099));
    }

    [Fact]
    public async Task Read_FaultThatStays_IsOneErrorWithTheUrl()
    {
        await using ArchiveServer server = await StartAsync();
        server.Script(NameOf(1003), [.. Enumerable.Repeat(Faults.Status(500), 50)]);
        await using LedgerStore store = await OpenAsync(server);
        List<uint> read = [];

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => store.ReadAsync(1000, 1099, read));

        Assert.Equal(LedgerSamples.Numbers(1000, 1002), read);
        Assert.Contains(NameOf(1003), error.Message, StringComparison.Ordinal);
        Assert.Equal(0, store.Budget.LentBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task Read_404InTheMiddle_IsAHole(int ahead)
    {
        await using ArchiveServer server = await StartAsync();
        server.Files.Remove(NameOf(1050), out _);
        await using LedgerStore store = await OpenAsync(server, new LedgerStoreOptions { MaxObjectsAhead = ahead });
        List<uint> read = [];

        LedgersMissingException closed = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, 1099, read));
        LedgersMissingException open = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, null));

        Assert.Equal(LedgerSamples.Numbers(1000, 1049), read);
        Assert.Equal((1050u, 1050u), (closed.FirstMissing, closed.LastMissing));
        Assert.Equal(1050u, open.FirstMissing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_404AtTheEnd_IsTheEnd(int perObject)
    {
        await using ArchiveServer server = await StartAsync(perObject: perObject);
        await using LedgerStore store = await OpenAsync(server);
        List<uint> read = [];

        LedgersEndedException error = await Assert.ThrowsAsync<LedgersEndedException>(() => store.ReadAsync(1000, 2000, read));

        Assert.Equal(1099u, error.LastLedger);
        Assert.Equal(LedgerSamples.Numbers(1000, 1099), read);
        Assert.Equal(LedgerSamples.Numbers(1000, 1099), await store.ReadAsync(1000, null));
    }

    [Fact]
    public async Task Read_RefusedObjectOnAServerThatGaveOthers_IsAHole()
    {
        // S3 answers 403 for what is not there to everybody who may not list the bucket.
        await using ArchiveServer server = await StartAsync();
        server.Always =
            exchange => exchange.Request.Path == NameOf(1050) || !exchange.HasFile ? exchange.StatusAsync(403) : exchange.ServeAsync();
        await using LedgerStore store = await OpenAsync(server);

        LedgersMissingException error = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, null));
        Assert.Contains("1050", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_CutObjectOnTheServer_IsDamage()
    {
        await using ArchiveServer server = await StartAsync();
        server.Files[NameOf(1010)] = server.Files[NameOf(1010)][..^7];
        await using LedgerStore store = await OpenAsync(server);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1000, 1099));

        Assert.Equal(LedgerErrorCode.Compression, error.Code);
        Assert.Equal(server.Url + NameOf(1010), error.File);
    }

    [Fact]
    public async Task Read_OneMirrorDamaged_TakesTheObjectFromTheOther()
    {
        await using ArchiveServer good = await StartAsync();
        await using ArchiveServer bad = await ArchiveServer.StartAsync(folder.Path);
        foreach (uint ledger in LedgerSamples.Numbers(1000, 1099))
            bad.Files[NameOf(ledger)] = ledger % 2 == 0 ? good.Files[NameOf(1099)] : good.Files[NameOf(ledger)][..^9];
        var transport = new MirrorTransport(
            [TestFiles.Transport(bad.Url), TestFiles.Transport(good.Url)], timeProvider: new TestClock(), random: new Random(1));
        await using LedgerStore store = await LedgerStore.OpenAsync(transport, null, isTransportOwned: true, Deadline.Token);

        Assert.Equal(LedgerSamples.Numbers(1000, 1098), await store.ReadAsync(1000, 1098));
    }
}
