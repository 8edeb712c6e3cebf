using System.Collections.Concurrent;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>An archive in memory that counts what is read, and stops where a test says so.</summary>
internal sealed class FakeArchive : IArchiveTransport, IArchiveFileSizes, IDisposable
{
    private long bytesGiven;
    private int opens;

    public FakeArchive(params TestBucket[] buckets)
    {
        foreach (TestBucket bucket in buckets)
            Files[bucket.Path] = bucket.Stored;
    }

    public string Location { get; init; } = "https://archive.example/";

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Called before each read with the path and the place in the file; it may wait or throw.</summary>
    public Func<string, long, Task>? BeforeRead { get; set; }

    /// <summary>False for an archive that does not say how large its files are.</summary>
    public bool TellsSizes { get; set; } = true;

    /// <summary>The size that it announces for each of its files; null for the right one.</summary>
    public long? AnnouncedBytes { get; set; }

    /// <summary>Bytes that one read gives at most.</summary>
    public int MaxReadBytes { get; set; } = 10_000;

    public long BytesGiven => Volatile.Read(ref bytesGiven);

    public int Opens => Volatile.Read(ref opens);

    public bool IsDisposed { get; private set; }

    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref opens);
        if (!Files.TryGetValue(path, out byte[]? content))
            return ValueTask.FromResult<ArchiveObject?>(null);
        int start = (int)Math.Min(offset, content.Length);
        return ValueTask.FromResult<ArchiveObject?>(new ArchiveObject(
            new Reader(this, path, content, start), Location + path, TellsSizes ? (AnnouncedBytes ?? content.Length) - start : null));
    }

    public ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Files.TryGetValue(path, out byte[]? content)
            ? new ArchiveFileSize(true, TellsSizes ? AnnouncedBytes ?? content.Length : null)
            : default);

    public void Dispose() => IsDisposed = true;

    private sealed class Reader(FakeArchive archive, string path, byte[] content, int start) : ForwardStream
    {
        private int position = start;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (archive.BeforeRead is { } wait)
                await wait(path, position).WaitAsync(cancellationToken);
            int count = Math.Min(Math.Min(buffer.Length, archive.MaxReadBytes), content.Length - position);
            content.AsMemory(position, count).CopyTo(buffer);
            position += count;
            Interlocked.Add(ref archive.bytesGiven, count);
            return count;
        }
    }
}
