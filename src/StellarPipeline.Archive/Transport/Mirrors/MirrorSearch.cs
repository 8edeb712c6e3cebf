using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>Searches for one file on all mirrors, best first, in rounds, until one delivers it or none can.</summary>
/// <remarks>
/// A mirror that does not contain the file, denies access or stores other bytes is not tried again in this search. A mirror that failed
/// otherwise is tried again after its pause, and after a wait that grows with the rounds of this search, even if other searches succeed.
/// </remarks>
internal sealed class MirrorSearch(MirrorTransport owner, string path)
{
    // A file that arrives in tiny pieces is read, but not forever: the limit is the same as for a single server.
    private const int MaxShortSearches = 10_000;

    private readonly Dictionary<Mirror, string> lasting = [];
    private readonly Dictionary<Mirror, string> passing = [];
    private readonly HashSet<Mirror> missing = [];
    private readonly Dictionary<Mirror, DateTimeOffset> askedToWait = [];
    private ArchiveException? lastError;
    private int rounds;
    private int shortSearches;
    private long failedAt = -1;
    private bool anyDiffers;
    private bool anyWrong;

    /// <summary>Finds the next mirror that gives the file.</summary>
    /// <param name="offset">Position of the first byte.</param>
    /// <param name="open">
    /// Opens the file at a mirror; returns null if the mirror does not contain it. For a mirror whose file does not match, it calls
    /// <see cref="Refuse"/> first and also returns null.
    /// </param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The mirror and its file, which counts as a stream of the mirror until <see cref="Mirror.End"/>; null if no mirror contains
    /// the file.</returns>
    /// <exception cref="ArchiveException">No mirror delivers it.</exception>
    public async ValueTask<(Mirror Mirror, ArchiveObject File)?> FindAsync(
        long offset, Func<Mirror, CancellationToken, ValueTask<ArchiveObject?>> open, CancellationToken cancellationToken)
    {
        if (failedAt >= 0 && offset - failedAt < owner.Options.ProgressBytes && ++shortSearches > MaxShortSearches)
            throw Failed(offset);
        if (failedAt >= 0 && offset > failedAt)
            StartAgain();
        failedAt = offset;
        RefuseWrong();
        for (bool hasWaited = false; ; hasWaited = true)
        {
            foreach (Mirror mirror in owner.Rank(MayAsk, NotBefore))
            {
                // After a wait, one mirror is tried in any case: failures of other searches must not make this one wait forever.
                if ((owner.IsResting(mirror) || NotBefore(mirror) > owner.TimeProvider.GetUtcNow()) && !hasWaited)
                    break;
                hasWaited = false;
                if (await TryAsync(mirror, open, cancellationToken).ConfigureAwait(false) is { } file)
                    return (mirror, file);
            }

            if (!owner.Mirrors.Any(MayAsk))
                return missing.Count == owner.Mirrors.Count ? null : throw Failed(offset);
            if (passing.Count > 0 && ++rounds >= owner.MaxRounds)
                throw Failed(offset);
            if (passing.Count > 0)
            {
                ArchiveLog.MirrorsRest(owner.Options.Logger, ArchiveLog.Short(path), offset, rounds, owner.MaxRounds,
                    CauseText.Sentence((lastError?.InnerException as HttpFailureException)?.Message ?? ""));
            }

            await owner.WaitForAnyAsync(MayAsk, NotBefore, rounds, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Records that a mirror stores other bytes than those already read.</summary>
    public void Refuse(Mirror mirror, string reason)
    {
        anyDiffers = true;
        lasting[mirror] = reason;
    }

    /// <summary>Records that a mirror failed, at its opening or during the read.</summary>
    public void Fail(Mirror mirror, ArchiveException error)
    {
        ArchiveTelemetry.CountFailOver(error);
        string cause = CauseText.Sentence(error.InnerException is HttpFailureException known ? known.Message : error.Message);
        if (mirror.Failures == 0)
            ArchiveLog.MirrorFailed(owner.Options.Logger, mirror.Transport.Location, ArchiveLog.Short(path), cause);
        else
            ArchiveLog.MirrorFailedAgain(owner.Options.Logger, mirror.Transport.Location, ArchiveLog.Short(path), cause);
        lastError = error;
        var failure = error.InnerException as HttpFailureException;
        owner.Fail(mirror, failure?.RetryAfter);
        if (failure?.RetryAfter is { } wish)
            askedToWait[mirror] = owner.TimeProvider.GetUtcNow() + owner.Bound(wish);
        owner.HasAnswered |= failure?.StatusCode is not null;
        if (failure is null or { MayPass: true })
            passing[mirror] = error.Message;
        else
            lasting[mirror] = error.Message;
    }

    private bool MayAsk(Mirror mirror) => !missing.Contains(mirror) && !lasting.ContainsKey(mirror);

    private DateTimeOffset NotBefore(Mirror mirror) => askedToWait.GetValueOrDefault(mirror, DateTimeOffset.MinValue);

    private void StartAgain()
    {
        rounds = 0;
        passing.Clear();
    }

    private void RefuseWrong()
    {
        foreach (Mirror mirror in owner.Mirrors)
        {
            if (!mirror.IsWrongAt(path) || !lasting.TryAdd(mirror, $"{mirror.Transport.Location} delivered wrong content before."))
                continue;
            anyWrong = true;
        }
    }

    private async ValueTask<ArchiveObject?> TryAsync(
        Mirror mirror, Func<Mirror, CancellationToken, ValueTask<ArchiveObject?>> open, CancellationToken cancellationToken)
    {
        // Counted from here on, so that parallel searches do not all choose the same mirror.
        mirror.Begin();
        ArchiveObject? file = null;
        try
        {
            file = await open(mirror, cancellationToken).ConfigureAwait(false);
            owner.HasAnswered = true;
            if (file is null && !lasting.ContainsKey(mirror))
                missing.Add(mirror);
        }
        catch (ArchiveException error)
        {
            Fail(mirror, error);
        }
        finally
        {
            if (file is null)
                mirror.End(0, TimeSpan.Zero);
        }

        return file;
    }

    private Exception Failed(long offset)
    {
        string code = anyWrong && lastError is null ? TransportErrorCode.WrongContent
            : anyDiffers ? TransportErrorCode.FileChanged
            : lastError?.Code ?? ArchiveErrorCode.ReadFailed;
        List<string> verdicts = [];
        foreach (Mirror mirror in owner.Mirrors)
        {
            if (missing.Contains(mirror))
                verdicts.Add($"{mirror.Transport.Location} has no such file.");
            else if (lasting.TryGetValue(mirror, out string? reason) || passing.TryGetValue(mirror, out reason))
                verdicts.Add(reason);
            else
                verdicts.Add($"{mirror.Transport.Location} is paused after failures with other files.");
        }

        return HttpThrow.MirrorsFailed(path, offset, rounds, code, verdicts, lastError);
    }
}
