using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Archive.Tests.Transport.Cache;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Mirrors;
using Xunit.Abstractions;

namespace StellarPipeline.Archive.Tests.Transport.Mirrors;

/// <summary>
/// How fast an archive arrives from mirrors that are far away and slow, with and without one that fails. Long, so only where
/// PIPELINE_LONG_TESTS is 1.
/// </summary>
public sealed class MirrorRateTests(ITestOutputHelper output) : CacheTest
{
    private const string LongTests = "PIPELINE_LONG_TESTS";
    private const int PieceBytes = 64 * 1024;

    // 16 pieces of 64 KiB a second and connection: slow enough that neither the processor nor the loopback interface matters.
    private static readonly TimeSpan PieceTime = TimeSpan.FromSeconds(1.0 / 16);
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);
    private static readonly TestBucket[] Buckets = [.. Enumerable.Range(1, 24).Select(seed => TestBucket.Make(2 * 1024 * 1024, seed))];

    [SkippableFact]
    public async Task Fetch_OneOfThreeFarMirrorsFails_ArrivesAlmostAsFastAsFromTheTwoGoodOnesAlone()
    {
        Skip.IfNot(Environment.GetEnvironmentVariable(LongTests) == "1", $"A measurement of about a minute: set {LongTests}=1.");
        var ratios = new List<double>();
        for (int round = 0; round < 3; round++)
        {
            double two = await RateAsync(failing: 0, $"two-{round}");
            double three = await RateAsync(failing: 1, $"three-{round}");
            ratios.Add(three / two);
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"round {round + 1}: two good mirrors {two / 1048576:N2} MiB/s, with a failing third {three / 1048576:N2} MiB/s: "
                            + $"{three / two:P1}"));
        }

        ratios.Sort();
        Assert.True(ratios[1] >= 0.9, $"median of {string.Join(", ", ratios)}");
    }

    private async Task<double> RateAsync(int failing, string name)
    {
        await using ArchiveServer first = await StartAsync(isFailing: false);
        await using ArchiveServer second = await StartAsync(isFailing: false);
        await using ArchiveServer third = await StartAsync(isFailing: true);
        string[] places = [.. new[] { third, first, second }.Skip(1 - failing).Select(server => server.Url)];
        var cache = BucketCache.Open(Path.Combine(Folder, name));
        await using CachingTransport transport = Through(MirrorTransport.Create(places), cache: cache);
        long started = Stopwatch.GetTimestamp();
        var prefetcher = new BucketPrefetcher(transport);
        await prefetcher.FetchAsync(await prefetcher.PlanAsync([.. Buckets.Select(bucket => bucket.Reference)]));
        return transport.FetchedBytes / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<ArchiveServer> StartAsync(bool isFailing)
    {
        ArchiveServer server = await ArchiveServer.StartAsync();
        foreach (TestBucket bucket in Buckets)
            server.Files[bucket.Path] = bucket.Stored;
        server.Always = async exchange =>
        {
            await Task.Delay(Latency);
            if (isFailing)
            {
                await exchange.StatusAsync(503);
                return;
            }

            long start = exchange.StartAnswer(exchange.File);
            for (long position = start; position >= 0 && position < exchange.File.Length; position += PieceBytes)
            {
                await Task.Delay(PieceTime);
                await exchange.WriteAsync(exchange.File, position, Math.Min(position + PieceBytes, exchange.File.Length));
            }
        };
        return server;
    }
}
