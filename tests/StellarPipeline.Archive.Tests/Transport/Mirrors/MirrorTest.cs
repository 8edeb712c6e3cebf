using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;

namespace StellarPipeline.Archive.Tests.Transport.Mirrors;

/// <summary>Three servers with the same file, and a clock without waiting.</summary>
public abstract class MirrorTest : IAsyncLifetime
{
    private protected static byte[] Content { get; } = TestFiles.Bytes(300_000);

    private protected static HttpTransportOptions Once => TestFiles.Options with { MaxAttempts = 1 };

    private protected TestClock Clock { get; } = new();

    private protected ArchiveServer First { get; private set; } = null!;

    private protected ArchiveServer Second { get; private set; } = null!;

    private protected ArchiveServer Third { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        First = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        Second = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        Third = await ArchiveServer.StartAsync(TestFiles.Path, Content);
    }

    public async Task DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await Third.DisposeAsync();
    }

    private protected MirrorTransport Mirrors(params ArchiveServer[] servers) => new(
        [.. servers.Select(server => TestFiles.Transport(server.Url, Clock, Once with { IsOneOfSeveral = true }))],
        new MirrorTransportOptions { MaxRounds = 5 },
        Clock,
        new Random(1));
}
