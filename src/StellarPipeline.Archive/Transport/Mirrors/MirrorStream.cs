using System.Diagnostics;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>The rest of a file, read from one or more mirrors in turn.</summary>
/// <remarks>
/// The last bytes read are kept: another mirror must deliver them again before it continues, which proves that it stores the same bytes.
/// Failure: an <see cref="ArchiveException"/> if no mirror can continue (code FILE_CHANGED if some could, but store other bytes).
/// </remarks>
internal sealed class MirrorStream : ForwardStream
{
    private readonly string path;
    private readonly MirrorSearch search;
    private readonly HashSet<Mirror> contributors = [];
    private readonly long? totalBytes;
    private readonly LastBytes lastBytes;
    private readonly long start;
    private Mirror mirror;
    private ArchiveObject? file;
    private long position;
    private long mirrorBytes;
    private TimeSpan mirrorTime;
    private int mirrorFailures;
    private bool isProved;
    private bool disposed;

    /// <summary>Continues a file that a mirror has opened.</summary>
    public MirrorStream(MirrorTransport owner, string path, long offset, MirrorSearch search, Mirror mirror, ArchiveObject file)
    {
        Owner = owner;
        this.path = path;
        this.search = search;
        this.mirror = mirror;
        mirrorFailures = mirror.Failures;
        this.file = file;
        start = position = offset;
        totalBytes = offset + file.LengthBytes;
        lastBytes = new LastBytes(owner.Options.OverlapBytes);
    }

    /// <summary>The transport of this stream.</summary>
    public MirrorTransport Owner { get; }

    /// <summary>
    /// The mirrors that delivered at least one byte. If none has, the one that was opened, which is responsible for what it reports.
    /// </summary>
    public IReadOnlyCollection<Mirror> Contributors => contributors.Count > 0 ? contributors : [mirror];

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (buffer.Length == 0)
            return 0;
        while (true)
        {
            file ??= await GoOnAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                int count = await ReadOnceAsync(file, buffer, cancellationToken).ConfigureAwait(false);
                if (count > 0 || position >= (totalBytes ?? position))
                {
                    Keep(buffer.Span[..count]);
                    return count;
                }

                await FailAsync(HttpThrow.EndedEarly(file.Location, totalBytes!.Value, position)).ConfigureAwait(false);
            }
            catch (ArchiveException error)
            {
                await FailAsync(error).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                await FailAsync(HttpThrow.FolderFailed(file!.Location, error)).ConfigureAwait(false);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        disposed = true;
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<int> ReadOnceAsync(ArchiveObject source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long started = Owner.TimeProvider.GetTimestamp();
        int count = await source.Content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        mirrorTime += Owner.TimeProvider.GetElapsedTime(started);
        mirrorBytes += count;
        if (count > 0)
            contributors.Add(mirror);

        // Opening a file is not enough: a mirror that breaks off every file must still be paused.
        if (!isProved && (count == 0 || mirrorBytes >= Owner.Options.ProgressBytes))
        {
            isProved = true;
            mirror.Succeed(mirrorFailures);
        }

        return count;
    }

    private async ValueTask FailAsync(ArchiveException error)
    {
        search.Fail(mirror, error);
        string location = file!.Location;
        await CloseAsync().ConfigureAwait(false);
        if (Owner.IsWholeOnly(path) && position > start)
            throw HttpThrow.MustBeWhole(location, position, error);
    }

    private async ValueTask<ArchiveObject> GoOnAsync(CancellationToken cancellationToken)
    {
        (Mirror Mirror,
            ArchiveObject File) found = await search.FindAsync(position, OpenAtPositionAsync, cancellationToken).ConfigureAwait(false)
                ?? throw new UnreachableException(
                    "A mirror that has delivered a part of a file is never counted as not containing it.");
        mirror = found.Mirror;
        mirrorFailures = mirror.Failures;
        ArchiveLog.FailedOver(Owner.Options.Logger, mirror.Transport.Location, ArchiveLog.Short(path), position);
        return found.File;
    }

    private async ValueTask<ArchiveObject?> OpenAtPositionAsync(Mirror candidate, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> before = lastBytes.Last(position - start);
        int overlap = before.Length;
        ArchiveObject? opened = await candidate.Transport.OpenAsync(path, position - overlap, cancellationToken).ConfigureAwait(false);
        if (opened is null)
        {
            search.Refuse(candidate, $"{candidate.Transport.Location} has no such file.");
            return null;
        }

        try
        {
            string? difference = await DifferenceAsync(opened, before, cancellationToken).ConfigureAwait(false);
            if (difference is null)
                return opened;
            search.Refuse(candidate, $"{opened.Location} {difference}, so it cannot continue what another archive began.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw HttpThrow.FolderFailed(opened.Location, error);
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await opened.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private async ValueTask<string?> DifferenceAsync(ArchiveObject opened, ReadOnlyMemory<byte> before, CancellationToken cancellationToken)
    {
        int overlap = before.Length;
        if (totalBytes is { } total && position - overlap + opened.LengthBytes is { } size && size != total)
            return FormattableString.Invariant($"has {size:N0} bytes instead of {total:N0}");
        byte[] bytes = new byte[overlap];
        int count =
            await opened.Content.ReadAtLeastAsync(bytes, overlap, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return count == overlap && bytes.AsSpan().SequenceEqual(before.Span) ? null
            : FormattableString.Invariant($"has other bytes before byte {position:N0}");
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        position += bytes.Length;
        lastBytes.Append(bytes);
    }

    private async ValueTask CloseAsync()
    {
        ArchiveObject? open = file;
        file = null;
        if (open is null)
            return;
        mirror.End(mirrorBytes, mirrorTime);
        mirrorBytes = 0;
        isProved = false;
        mirrorTime = TimeSpan.Zero;
        await open.DisposeAsync().ConfigureAwait(false);
    }
}
