using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>An archive with one bucket in memory.</summary>
internal sealed class MemoryTransport(MemoryBucket bucket) : IArchiveTransport
{
    public string Location => "memory";

    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ArchiveObject?>(
            new ArchiveObject(new MemoryStream(bucket.Stored, writable: false), path, bucket.Stored.Length));
}
