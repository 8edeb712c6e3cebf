using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Archive.Tests.Transport.Cache;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests;

/// <summary>What the reading of an archive tells those who listen: names, units, tags and values.</summary>
public sealed class TelemetryTests : CacheTest
{
    private static readonly byte[] Content = TestFiles.Bytes(200_000);

    [Fact]
    public async Task Open_AServerThatFailsFirst_CountsRetriesByReasonAndBytes()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        server.Script(TestFiles.Path, Faults.Status(503), Faults.CutAt(Content.Length / 2));
        using var telemetry = new TelemetryRecorder(ArchiveTelemetry.Name);
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());

        Assert.Equal(1, telemetry.Sum("pipeline.source.retries", ("reason", "503")));
        Assert.Equal(2, telemetry.Sum("pipeline.source.retries"));
        Assert.InRange(telemetry.Sum("pipeline.source.io", ("source", "network")), Content.Length, server.BytesSent);
        Assert.Equal(["pipeline.source.io By", "pipeline.source.retries {retry}"],
            telemetry.Measurements.Select(one => $"{one.Instrument} {one.Unit}").Distinct().Order());
    }

    [Fact]
    public async Task Open_OneMirrorFails_CountsAFailOver()
    {
        await using ArchiveServer first = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        await using ArchiveServer second = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        first.Always = second.Always = null;
        first.Script(TestFiles.Path, Faults.Status(500));
        using var telemetry = new TelemetryRecorder(ArchiveTelemetry.Name);
        using var mirrors = new MirrorTransport(
            [.. new[] { first, second }.Select(
                server => TestFiles.Transport(server.Url, options: TestFiles.Options with { MaxAttempts = 1, IsOneOfSeveral = true }))],
            null,
            new TestClock(),
            new Random(1));

        Assert.Equal(Content, await mirrors.ReadAsync());

        TelemetryRecorder.Measured failOver = Assert.Single(telemetry.Of("pipeline.source.failovers"));
        Assert.Equal(("{failover}", 1, "500"), (failOver.Unit, failOver.Value, failOver.Tags["reason"]));
    }

    [Fact]
    public async Task Read_ACheckpointThroughTheCacheTwice_CountsBytesAndBucketsOfBoth()
    {
        using var archive = TestArchive.OfBuckets(Accounts(0, 40), Accounts(20, 400), null, Accounts(300, 900));
        await using ArchiveServer server = await ArchiveServer.StartAsync(archive.Folder);
        string[] buckets = [.. server.Files.Keys.Where(path => path.StartsWith("bucket/", StringComparison.Ordinal))];
        long stored = buckets.Sum(path => (long)server.Files[path].Length);
        using (var telemetry = new TelemetryRecorder(ArchiveTelemetry.Name))
        {
            await ReadAsync(server, archive);

            Assert.Equal(buckets.Length, telemetry.Sum("pipeline.source.buckets", ("outcome", "verified"), ("during", "download")));
            Assert.Equal(buckets.Length, telemetry.Sum("pipeline.source.buckets", ("outcome", "verified"), ("during", "read")));
            Assert.InRange(telemetry.Sum("pipeline.source.io", ("source", "network")), stored, server.BytesSent);
            Assert.Equal(
                buckets.Select(path => Path.GetFileName(path)["bucket-".Length..][..64]).Order(),
                telemetry.Activities.Where(activity => activity.OperationName == "pipeline.bucket.fetch")
                    .Select(activity => (string)activity.GetTagItem("pipeline.bucket")!).Order());
            Assert.All(telemetry.Activities, activity => Assert.Equal(ActivityStatusCode.Unset, activity.Status));
        }

        using (var telemetry = new TelemetryRecorder(ArchiveTelemetry.Name))
        {
            await ReadAsync(server, archive);

            Assert.Equal(stored, telemetry.Sum("pipeline.source.io", ("source", "cache")));
            Assert.Equal(0, telemetry.Sum("pipeline.source.buckets", ("during", "download")));
            Assert.Equal(buckets.Length, telemetry.Activities.Count(activity => activity.OperationName == "pipeline.bucket.read"));
        }
    }

    [Fact]
    public async Task Read_AWrongBucket_IsCountedAsWrongAndFailsItsActivity()
    {
        using var archive = TestArchive.OfBuckets(Accounts(0, 40));
        string bucket = Directory.GetFiles(archive.Folder, "bucket-*", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(bucket, Gzip(Accounts(1, 41)));
        using var telemetry = new TelemetryRecorder(ArchiveTelemetry.Name);

        ArchiveException error =
            await ErrorOfAsync(() => EntryReading.ReadAllAsync(Open(new DirectoryTransport(archive.Folder), archive), archive.Checkpoint));

        Assert.Equal(ArchiveErrorCode.BucketHash, error.Code);
        Assert.Equal(1, telemetry.Sum("pipeline.source.buckets", ("outcome", "wrong"), ("during", "read")));
        Activity read = Assert.Single(telemetry.Activities);
        Assert.Equal((ActivityStatusCode.Error, "ArchiveException"), (read.Status, read.GetTagItem("error.type")));
    }

    [Fact]
    public void CountAndStart_NobodyListens_AllocatesNothing()
    {
        HttpFailureException failure = HttpFailure.Gone();
        var bucket = Hash256.Of("a bucket"u8);

        Assert.Equal(0, Allocations.Fewest(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                ArchiveTelemetry.CountBytes(ArchiveTelemetry.Network, i);
                ArchiveTelemetry.CountRetry(failure);
                ArchiveTelemetry.CountBucket(true, ArchiveTelemetry.Read);
                ArchiveTelemetry.StartFetch(bucket)?.Dispose();
                ArchiveTelemetry.StartRead(bucket)?.Dispose();
            }
        }));
    }

    private async Task ReadAsync(ArchiveServer server, TestArchive archive)
    {
        await using CachingTransport transport = Through(TestFiles.Transport(server.Url));
        await EntryReading.ReadAllAsync(Open(transport, archive), archive.Checkpoint);
    }

    private static HistoryArchive Open(IArchiveTransport transport, TestArchive archive) =>
        new(transport, new HistoryArchiveOptions { Schedule = new CheckpointSchedule((int)archive.Written.Settings.CheckpointFrequency) });

    private static byte[] Gzip(IEnumerable<BucketRecord> records)
    {
        using var other = TestArchive.OfBuckets(records);
        return File.ReadAllBytes(Directory.GetFiles(other.Folder, "bucket-*", SearchOption.AllDirectories).Single());
    }

    private static IEnumerable<BucketRecord> Accounts(int first, int end) => Enumerable.Range(first, end - first).Select(number =>
    {
        byte[] id = SHA256.HashData(BitConverter.GetBytes(number));
        BinaryPrimitives.WriteInt32BigEndian(id, number);
        return new AccountBuilder { AccountId = id, Balance = end }.Live();
    });
}
