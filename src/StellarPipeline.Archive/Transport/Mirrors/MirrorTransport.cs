using System.Collections.Concurrent;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>Reads one archive from several places that hold copies of it.</summary>
/// <remarks>
/// Each file is read from the mirror that promises most: fast lately, with few streams on it, not resting after a failure, and never caught
/// with wrong content. When a mirror fails in the middle of a file, another one goes on from the byte that was reached, provided that it
/// stores the same bytes: the size must agree, and the last bytes before that place. A file is missing only when every mirror says so. Safe
/// for use by several callers at once.
/// </remarks>
public sealed class MirrorTransport : IArchiveTransport, IArchiveFileSizes, IArchiveFeedback, IArchivePlaces, IDisposable
{
    private readonly Mirror[] mirrors;
    private readonly ConcurrentDictionary<string, bool> wholeOnly = new(StringComparer.Ordinal);
    private readonly Backoff backoff;
    private readonly TimeProvider timeProvider;

    /// <summary>Creates a transport over others.</summary>
    /// <param name="transports">The mirrors, best guess first. They are disposed with this transport.</param>
    /// <param name="options">How they share the work; null for the defaults.</param>
    /// <param name="timeProvider">Measures and waits; null for the system's clock.</param>
    /// <param name="random">Where the jitter of waits comes from; null for the shared generator.</param>
    /// <exception cref="ArchiveException">There is no mirror, or an option is out of range (kind usage).</exception>
    public MirrorTransport(
        IReadOnlyList<IArchiveTransport> transports, MirrorTransportOptions? options = null, TimeProvider? timeProvider = null,
        Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(transports);
        if (transports.Count == 0)
            throw HttpThrow.NoMirrors();
        Options = options ?? new MirrorTransportOptions();
        Options.Validate();
        this.timeProvider = timeProvider ?? TimeProvider.System;
        mirrors = [.. transports.Select(transport => new Mirror(transport))];
        backoff = new Backoff(Options.BackoffStart, Options.MaxBackoff, time: this.timeProvider, random: random);
        Location = string.Join(", ", transports.Select(transport => transport.Location));
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IArchiveTransport> Places => [.. mirrors.Select(mirror => mirror.Transport)];

    /// <summary>How each mirror is doing, in the order in which they were named.</summary>
    public IReadOnlyList<MirrorStatus> Status
    {
        get
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            return [.. mirrors.Select(mirror => mirror.Status(now))];
        }
    }

    internal MirrorTransportOptions Options { get; }

    internal IReadOnlyList<Mirror> Mirrors => mirrors;

    /// <summary>True once any mirror has answered.</summary>
    internal bool HasAnswered { get; set; }

    internal int MaxRounds => HasAnswered ? Options.MaxRounds : Math.Min(Options.MaxFirstRounds, Options.MaxRounds);

    internal TimeProvider TimeProvider => timeProvider;

    /// <summary>Creates the transport for the places of one archive.</summary>
    /// <param name="locations">Folders and URLs. One gives its own transport, several give a mirror transport.</param>
    /// <param name="options">How mirrors share the work; null for the defaults.</param>
    /// <param name="httpOptions">Time-outs and bounds of each server; null for the defaults. With several places its attempts and waits do
    /// not count: after any failure, another server is tried.</param>
    /// <returns>The transport; dispose it if it can be disposed.</returns>
    /// <exception cref="ArchiveException">There is no place, or one that cannot be read, or an option is out of range (kind
    /// usage).</exception>
    public static IArchiveTransport Create(
        IReadOnlyList<string> locations, MirrorTransportOptions? options = null, HttpTransportOptions? httpOptions = null)
    {
        ArgumentNullException.ThrowIfNull(locations);
        if (locations.Count == 0)
            throw HttpThrow.NoMirrors();
        if (locations.Count == 1)
            return ArchiveTransport.Create(locations[0], httpOptions);
        HttpTransportOptions each = (httpOptions ?? new HttpTransportOptions()) with { IsOneOfSeveral = true };
        return new MirrorTransport([.. locations.Select(location => ArchiveTransport.Create(location, each))], options);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var search = new MirrorSearch(this, path);
        (Mirror Mirror, ArchiveObject File)? found = await search
            .FindAsync(offset, (mirror, token) => mirror.Transport.OpenAsync(path, offset, token), cancellationToken).ConfigureAwait(false);
        if (found is not { } opened)
            return null;
        var content = new MirrorStream(this, path, offset, search, opened.Mirror, opened.File);
        return new ArchiveObject(content, opened.File.Location, opened.File.LengthBytes);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var search = new MirrorSearch(this, path);
        long? size = null;
        (Mirror Mirror, ArchiveObject File)? found = await search.FindAsync(offset: 0, FindAsync, cancellationToken).ConfigureAwait(false);
        if (found is null)
            return default;
        found.Value.Mirror.End(0, TimeSpan.Zero);
        return new ArchiveFileSize(IsFound: true, size);

        async ValueTask<ArchiveObject?> FindAsync(Mirror mirror, CancellationToken token)
        {
            ArchiveFileSize answer = await ArchiveSizes.FindAsync(mirror.Transport, path, token).ConfigureAwait(false);
            size = answer.Bytes;
            return answer.IsFound ? new ArchiveObject(Stream.Null, mirror.Transport.Location, answer.Bytes) : null;
        }
    }

    /// <inheritdoc/>
    public bool ReportWrongContent(string path, ArchiveObject source)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(source);
        if (source.Content is not MirrorStream stream || stream.Owner != this)
            return false;

        foreach (Mirror mirror in stream.Contributors)
            Fail(mirror, askedFor: null);

        // Of several that gave parts of one file nobody knows which part was wrong, or whether the parts just did not fit: the next time
        // one gives all of it.
        if (stream.Contributors.Count > 1)
            return wholeOnly.TryAdd(path, true);
        foreach (Mirror mirror in stream.Contributors)
            mirror.MarkWrong(path);
        return mirrors.Any(mirror => !mirror.IsWrongAt(path));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Mirror mirror in mirrors)
            (mirror.Transport as IDisposable)?.Dispose();
    }

    /// <summary>
    /// The mirrors to ask, best first: those that must not be asked yet or rest come after the others, and those that gave something wrong
    /// after all.
    /// </summary>
    internal IReadOnlyList<Mirror> Rank(Func<Mirror, bool> isEligible, Func<Mirror, DateTimeOffset> notBefore)
    {
        // A mirror that was never used is expected to be as fast as the fastest one: that is how it gets its chance.
        double fastest = mirrors.Max(mirror => mirror.BytesPerSecond) ?? 1;
        DateTimeOffset now = timeProvider.GetUtcNow();
        return
        [
            .. mirrors.Where(isEligible)
                .OrderBy(mirror => mirror.IsSuspect)
                .ThenBy(mirror => Future(notBefore(mirror)))
                .ThenBy(mirror => Future(mirror.RestsUntil))
                .ThenByDescending(mirror => mirror.Score(fastest, now)),
        ];

        DateTimeOffset Future(DateTimeOffset time) => time > now ? time : DateTimeOffset.MinValue;
    }

    /// <summary>True when a file must come from one mirror as a whole, because its parts from several did not make up the file.</summary>
    internal bool IsWholeOnly(string path) => wholeOnly.ContainsKey(path);

    internal bool IsResting(Mirror mirror) => mirror.RestsUntil > timeProvider.GetUtcNow();

    internal void Fail(Mirror mirror, TimeSpan? askedFor) =>
        mirror.Fail(backoff, RetryAfter.Bound(askedFor, Options.MaxRetryAfter), timeProvider.GetUtcNow());

    /// <summary>What of a server's wish to be left alone is kept to.</summary>
    internal TimeSpan Bound(TimeSpan askedFor) => RetryAfter.Bound(askedFor, Options.MaxRetryAfter) ?? TimeSpan.Zero;

    /// <summary>Waits until one of some mirrors has rested enough, and at least as long as a search must after its failures.</summary>
    /// <param name="isEligible">The mirrors.</param>
    /// <param name="notBefore">Until when the search must not ask a mirror.</param>
    /// <param name="rounds">Rounds of the search that failed. What mirrors give to others meanwhile ends their rest, but makes this wait no
    /// shorter.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal Task WaitForAnyAsync(
        Func<Mirror, bool> isEligible, Func<Mirror, DateTimeOffset> notBefore, int rounds, CancellationToken cancellationToken)
    {
        Mirror first = Rank(isEligible, notBefore)[0];
        TimeSpan rest =
            mirrors.Where(mirror => isEligible(mirror) && mirror.IsSuspect == first.IsSuspect).Min(Until) - timeProvider.GetUtcNow();
        TimeSpan own = backoff.After(rounds);
        return backoff.WaitAsync(rest > own ? rest : own, cancellationToken);

        DateTimeOffset Until(Mirror mirror) => notBefore(mirror) > mirror.RestsUntil ? notBefore(mirror) : mirror.RestsUntil;
    }
}
