using System.Collections.Concurrent;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport;

/// <summary>Reads an archive that may be publishing a checkpoint: tries again to find files that should exist but are missing.</summary>
/// <remarks>
/// Publishers write the state of a checkpoint and the newest state at the same time (stellar-core
/// src/historywork/PutHistoryArchiveStateWork.cpp), and copies of an archive arrive file by file, so one file may be visible before
/// another. This applies to one location as well as to several. Thread-safe. Disposing it disposes the underlying transport.
/// </remarks>
internal sealed class PublicationTransport : IArchiveTransport, IArchiveFileSizes, IArchiveFeedback, IArchivePlaces, IDisposable
{
    // After this time, a missing state of a checkpoint cannot be a race with the publisher any more.
    private static readonly TimeSpan PublicationTime = TimeSpan.FromMinutes(10);

    private readonly IArchiveTransport archive;
    private readonly MirrorTransportOptions options;
    private readonly TimeProvider timeProvider;
    private readonly Backoff backoff;
    private readonly ConcurrentDictionary<string, ArchiveFileSize> bucketSizes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> wrongFiles = new(StringComparer.Ordinal);
    private long rootReadTicks;

    /// <summary>Creates a transport.</summary>
    /// <param name="archive">Reads the archive; disposed with this transport.</param>
    /// <param name="options">How often to try, and how long to wait; null for the defaults.</param>
    /// <param name="timeProvider">Clock for waits; null for the system's clock.</param>
    /// <param name="random">Source of the jitter of waits; null for the shared generator.</param>
    /// <exception cref="ArchiveException">An option is out of range (kind usage, code OPTIONS).</exception>
    public PublicationTransport(
        IArchiveTransport archive, MirrorTransportOptions? options = null, TimeProvider? timeProvider = null, Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(archive);
        this.archive = archive;
        this.options = options ?? new MirrorTransportOptions();
        this.options.Validate();
        this.timeProvider = timeProvider ?? TimeProvider.System;
        backoff = new Backoff(this.options.BackoffStart, this.options.MaxBackoff, time: this.timeProvider, random: random);
    }

    /// <inheritdoc/>
    public string Location => archive.Location;

    /// <inheritdoc/>
    public IReadOnlyList<IArchiveTransport> Places =>
        archive is IArchivePlaces { Places: var places } ? [.. places.Select(place => new Place(this, place))] : [this];

    /// <summary>
    /// Creates the transport for the locations of one archive, like <see cref="MirrorTransport.Create"/>, but tolerant of a checkpoint that
    /// is being published.
    /// </summary>
    /// <param name="locations">Folders and URLs.</param>
    /// <param name="options">How mirrors share the work; null for the defaults.</param>
    /// <param name="httpOptions">Time-outs and limits of each server; null for the defaults.</param>
    /// <exception cref="ArchiveException">There is no location, one cannot be read, or an option is out of range (kind usage).</exception>
    public static PublicationTransport Create(
        IReadOnlyList<string> locations, MirrorTransportOptions? options = null, HttpTransportOptions? httpOptions = null) =>
            new(MirrorTransport.Create(locations, options, httpOptions), options);

    /// <inheritdoc/>
    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (int look = 0; ; look++)
        {
            ArchiveObject? file = await archive.OpenAsync(path, offset, cancellationToken).ConfigureAwait(false);
            Note(path, file);
            if (file is not null || !await WaitAsync(path, look, cancellationToken).ConfigureAwait(false))
                return file;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (bucketSizes.TryGetValue(path, out ArchiveFileSize known))
            return known;
        for (int look = 0; ; look++)
        {
            ArchiveFileSize size = await ArchiveSizes.FindAsync(archive, path, cancellationToken).ConfigureAwait(false);

            // A bucket never changes, and three steps ask for its size: the choice of a checkpoint, the plan of its downloads, and the
            // estimate of its rows.
            if (size.IsFound && IsBucket(path))
                bucketSizes[path] = size;
            if (size.IsFound || !await WaitAsync(path, look, cancellationToken).ConfigureAwait(false))
                return size;
        }
    }

    /// <inheritdoc/>
    public bool ReportWrongContent(string path, ArchiveObject source)
    {
        ArgumentNullException.ThrowIfNull(path);
        bucketSizes.TryRemove(path, out _);

        // With only one location, bytes may have been damaged in transit: try once more, but not forever.
        return archive is IArchiveFeedback feedback ? feedback.ReportWrongContent(path, source) : wrongFiles.TryAdd(path, true);
    }

    /// <inheritdoc/>
    public void Dispose() => (archive as IDisposable)?.Dispose();

    private async ValueTask<bool> WaitAsync(string path, int look, CancellationToken cancellationToken)
    {
        if (look >= options.PublicationRetries || !ShouldBeThere(path))
            return false;
        await backoff.WaitAsync(look + 1, cancellationToken).ConfigureAwait(false);
        return true;
    }

    // Every archive has a newest state, which servers and caches may lack for a moment while it is replaced; a folder does not. A caller
    // that asks for headers or a bucket has seen a state that names them. A caller that asks for the state of a checkpoint may have
    // invented its number.
    private bool ShouldBeThere(string path)
    {
        if (path == ArchivePath.RootState)
            return archive is not DirectoryTransport;
        if (IsBucket(path) || path.StartsWith("ledger/", StringComparison.Ordinal))
            return true;
        long ticks = Volatile.Read(ref rootReadTicks);
        return ticks > 0 && timeProvider.GetUtcNow().UtcTicks - ticks < PublicationTime.Ticks
            && path.StartsWith("history/", StringComparison.Ordinal);
    }

    private static bool IsBucket(string path) => path.StartsWith("bucket/", StringComparison.Ordinal);

    private void Note(string path, ArchiveObject? file)
    {
        if (file is not null && path == ArchivePath.RootState)
            Volatile.Write(ref rootReadTicks, timeProvider.GetUtcNow().UtcTicks);
    }

    /// <summary>A single location: missing files are not waited for, but reading its newest state is recorded.</summary>
    private sealed class Place(PublicationTransport owner, IArchiveTransport place) : IArchiveTransport
    {
        public string Location => place.Location;

        public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            ArchiveObject? file = await place.OpenAsync(path, offset, cancellationToken).ConfigureAwait(false);
            owner.Note(path, file);
            return file;
        }
    }
}
