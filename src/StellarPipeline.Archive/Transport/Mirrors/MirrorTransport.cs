using System.Collections.Concurrent;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>Reads one archive from several locations with copies of it.</summary>
/// <remarks>
/// Each file is read from the most promising mirror: recently fast, with few streams, not paused after a failure, and never caught with
/// wrong content. If a mirror fails in the middle of a file, another one continues from the byte that was reached, provided that it stores
/// the same bytes: the size and the last bytes before that position must match. A file is missing only if no mirror contains it.
/// Thread-safe.
/// </remarks>
public sealed class MirrorTransport : IArchiveTransport, IArchiveFileSizes, IArchiveFeedback, IArchivePlaces, IDisposable
{
    private readonly Mirror[] mirrors;
    private readonly ConcurrentDictionary<string, bool> wholeOnly = new(StringComparer.Ordinal);
    private readonly Backoff backoff;
    private readonly TimeProvider timeProvider;

    /// <summary>Creates a transport over others.</summary>
    /// <param name="transports">The mirrors, best first. They are disposed with this transport.</param>
    /// <param name="options">How they share the work; null for the defaults.</param>
    /// <param name="timeProvider">Clock for waits; null for the system's clock.</param>
    /// <param name="random">Source of the jitter of waits; null for the shared generator.</param>
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

    /// <summary>Status of each mirror, in the order in which they were named.</summary>
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

    /// <summary>True once any mirror has responded.</summary>
    internal bool HasAnswered { get; set; }

    internal int MaxRounds => HasAnswered ? Options.MaxRounds : Math.Min(Options.MaxFirstRounds, Options.MaxRounds);

    internal TimeProvider TimeProvider => timeProvider;

    /// <summary>Creates the transport for the locations of one archive.</summary>
    /// <param name="locations">Folders and URLs. A single one gets its own transport, several get a mirror transport.</param>
    /// <param name="options">How mirrors share the work; null for the defaults.</param>
    /// <param name="httpOptions">Time-outs and limits of each server; null for the defaults. With several locations, its attempts and waits
    /// do not apply: after any failure, another server is tried.</param>
    /// <returns>The transport; dispose it if it is disposable.</returns>
    /// <exception cref="ArchiveException">There is no location, one cannot be read, or an option is out of range (kind usage).</exception>
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

        // If several mirrors delivered parts of the file, it is unknown which part was wrong, or whether they just did not fit together:
        // next time, one mirror delivers the whole file.
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
    /// The mirrors to try, best first. Mirrors that are paused or must not be tried yet come after the others, and those with wrong content
    /// come last.
    /// </summary>
    internal IReadOnlyList<Mirror> Rank(Func<Mirror, bool> isEligible, Func<Mirror, DateTimeOffset> notBefore)
    {
        // A mirror that has not been used yet is expected to be as fast as the fastest one, so that it gets a chance.
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

    /// <summary>True if a file must be read from a single mirror, because parts from several did not fit together.</summary>
    internal bool IsWholeOnly(string path) => wholeOnly.ContainsKey(path);

    internal bool IsResting(Mirror mirror) => mirror.RestsUntil > timeProvider.GetUtcNow();

    internal void Fail(Mirror mirror, TimeSpan? askedFor) =>
        mirror.Fail(backoff, RetryAfter.Bound(askedFor, Options.MaxRetryAfter), timeProvider.GetUtcNow());

    /// <summary>Limits the wait that a server requests.</summary>
    internal TimeSpan Bound(TimeSpan askedFor) => RetryAfter.Bound(askedFor, Options.MaxRetryAfter) ?? TimeSpan.Zero;

    /// <summary>
    /// Waits until one of some mirrors has ended its pause, and at least as long as a search must wait after its failures.
    /// </summary>
    /// <param name="isEligible">The mirrors.</param>
    /// <param name="notBefore">Time before which the search must not try a mirror.</param>
    /// <param name="rounds">Failed rounds of the search. Successes of other searches end a mirror's pause, but do not shorten this
    /// wait.</param>
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
