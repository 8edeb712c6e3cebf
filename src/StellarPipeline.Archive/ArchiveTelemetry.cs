using System.Diagnostics;
using System.Diagnostics.Metrics;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>The instruments and activities of this library.</summary>
internal static class ArchiveTelemetry
{
    /// <summary>Name of the meter and of the activity source, for <c>AddMeter</c> and <c>AddSource</c> in OpenTelemetry.</summary>
    public const string Name = "StellarPipeline.Archive";

    /// <summary>Bytes received from a server.</summary>
    internal const string Network = "network";

    /// <summary>Bytes read from the cache.</summary>
    internal const string Cache = "cache";

    /// <summary>The bucket was hashed during its download.</summary>
    internal const string Download = "download";

    /// <summary>The bucket was hashed while its entries were read.</summary>
    internal const string Read = "read";

    private static readonly Meter Meter = Telemetry.NewMeter(Name, typeof(ArchiveTelemetry));
    private static readonly ActivitySource Source = Telemetry.NewSource(Name, typeof(ArchiveTelemetry));
    private static readonly string BucketTag = TagNames.Name("bucket");
    private static readonly Counter<long> Io =
        Meter.CreateCounter<long>(TagNames.Name("source.io"), "By", "Compressed bytes read; tag source: network, cache.");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        TagNames.Name("source.retries"), "{retry}",
        "Requests that failed and are retried at the same server; tag reason: the HTTP status, or an error code.");

    private static readonly Counter<long> FailOvers = Meter.CreateCounter<long>(
        TagNames.Name("source.failovers"), "{failover}",
        "Failures of one of several mirrors, after which another is tried; tag reason: an error code.");

    private static readonly Counter<long> Buckets = Meter.CreateCounter<long>(
        TagNames.Name("source.buckets"), "{bucket}",
        "Buckets hashed to their last byte; tags outcome: verified, wrong, and during: download, read.");

    internal static void CountBytes(string source, long bytes)
    {
        if (!Io.Enabled) return;
        var tags = new TagList { { "source", source } };
        Telemetry.AddRun(ref tags);
        Io.Add(bytes, tags);
    }

    internal static void CountRetry(HttpFailureException failure) => Count(Retries, Reason(failure));

    internal static void CountFailOver(ArchiveException error) =>
        Count(FailOvers, error.InnerException is HttpFailureException failure ? Reason(failure) : error.Code);

    internal static void CountBucket(bool isVerified, string during)
    {
        if (!Buckets.Enabled) return;
        var tags = new TagList { { TagNames.Outcome, isVerified ? "verified" : "wrong" }, { "during", during } };
        Telemetry.AddRun(ref tags);
        Buckets.Add(1, tags);
    }

    internal static Activity? StartFetch(Hash256 bucket) => Start("bucket.fetch", bucket);

    internal static Activity? StartRead(Hash256 bucket) => Start("bucket.read", bucket);

    private static Activity? Start(string name, Hash256 bucket)
    {
        Activity? activity = Telemetry.Start(Source, name);
        activity?.SetTag(BucketTag, bucket.ToString());
        return activity;
    }

    private static string Reason(HttpFailureException failure) =>
        failure.StatusCode is { } status ? status.ToString(System.Globalization.CultureInfo.InvariantCulture) : failure.Code;

    private static void Count(Counter<long> counter, string reason)
    {
        if (!counter.Enabled) return;
        var tags = new TagList { { TagNames.Reason, reason } };
        Telemetry.AddRun(ref tags);
        counter.Add(1, tags);
    }
}
