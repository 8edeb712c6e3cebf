using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Archives;

/// <summary>An archive that a command reads, with the resources to dispose of after it.</summary>
internal sealed class OpenedArchive(HistoryArchive archive, IReadOnlyList<IArchiveTransport> others) : IAsyncDisposable
{
    /// <summary>The archive.</summary>
    public HistoryArchive Archive => archive;

    /// <summary>The cache that the archive is read through; null for a folder that is read directly.</summary>
    public CachingTransport? Cache => archive.Transport as CachingTransport;

    /// <summary>Opens the archive in a folder, without a cache.</summary>
    public static OpenedArchive OfFolder(string folder) => new(HistoryArchive.Open(folder), []);

    /// <summary>Proves a checkpoint and prints remarks about the choice to standard error.</summary>
    /// <param name="checkpoint">Its ledger; null for the newest.</param>
    /// <param name="logger">Gets the log events.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<ChosenCheckpoint> ProveAsync(uint? checkpoint, ILogger logger, CancellationToken cancellationToken)
    {
        ChosenCheckpoint chosen = await archive.ChooseCheckpointAsync(checkpoint, cancellationToken);
        foreach (string remark in chosen.Remarks) logger.LogWarning("{Remark}", remark);
        return chosen;
    }

    /// <summary>
    /// Reads from the archive. Reads once more if the first attempt fails because a copy of a bucket turned out to be wrong and has since
    /// been replaced by another copy.
    /// </summary>
    /// <param name="read">Reads from the archive. It must leave nothing behind if it fails.</param>
    /// <param name="logger">Gets a log event if there is a second attempt.</param>
    /// <param name="cancellationToken">Stops both attempts.</param>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, ILogger logger, CancellationToken cancellationToken)
    {
        int replacedCopies = Cache?.ReplacedCopies ?? 0;
        PipelineException failure;
        try
        {
            return await read();
        }
        catch (PipelineException error) when (Cache is not null)
        {
            failure = error;
        }

        if (!await Cache.HasReplacedAsync(failure, replacedCopies, cancellationToken))
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        logger.LogWarning(
            "A copy of a bucket turned out to be wrong while it was being read, and another copy has replaced it. Everything is read "
                + "again. The failure was: {Failure}", failure.Message);
        return await read();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Cache is not null) await Cache.DisposeAsync();
        else (archive.Transport as IDisposable)?.Dispose();
        foreach (IDisposable other in others.OfType<IDisposable>()) other.Dispose();
    }
}
