namespace Pipeline.Archive;

/// <summary>A Stellar history archive: finds its checkpoints and proves them.</summary>
/// <remarks>Safe for use by several callers at once; it keeps nothing that it read.</remarks>
public sealed class HistoryArchive
{
    private readonly HistoryArchiveOptions options;

    /// <summary>Makes an archive over a transport.</summary>
    /// <param name="transport">How its files are read.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    public HistoryArchive(IArchiveTransport transport, HistoryArchiveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Transport = transport;
        this.options = options ?? new HistoryArchiveOptions();
    }

    /// <summary>How its files are read.</summary>
    public IArchiveTransport Transport { get; }

    /// <summary>Which ledgers end a checkpoint.</summary>
    public CheckpointSchedule Schedule => options.Schedule;

    /// <summary>Makes an archive for a folder, given as a path or as a <c>file://</c> URL.</summary>
    /// <param name="location">The archive's root: the folder that holds <c>.well-known</c>.</param>
    /// <param name="options">What is expected of it; null for the defaults.</param>
    /// <exception cref="ArchiveException">The place is not one that can be read (kind usage, code ARCHIVE_LOCATION).</exception>
    public static HistoryArchive Open(string location, HistoryArchiveOptions? options = null) => new(ArchiveTransport.Create(location), options);

    /// <summary>Finds the newest checkpoint.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its ledger.</returns>
    /// <exception cref="ArchiveException">There is no archive, or nothing was published yet, or its checkpoints do not fit the schedule.</exception>
    public async Task<uint> LatestCheckpointAsync(CancellationToken cancellationToken = default)
    {
        ArchiveState? root = await ReadStateAsync(ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
        if (root is null)
            throw ArchiveThrow.RootStateMissing(ArchivePath.RootState, Transport.Location);
        if (root.CurrentLedger == 0)
            ArchiveThrow.NothingPublished(ArchivePath.RootState, Transport.Location);
        if (!Schedule.IsCheckpoint(root.CurrentLedger))
            ArchiveThrow.FrequencyMismatch(ArchivePath.RootState, root.CurrentLedger, Schedule.Frequency);
        return root.CurrentLedger;
    }

    /// <summary>Opens a checkpoint: reads its archive state and proves it by its ledger headers. No bucket is read.</summary>
    /// <param name="checkpoint">A ledger that ends a checkpoint.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="ArchiveException">The ledger ends no checkpoint, the archive has it not, or something does not agree.</exception>
    public async Task<CheckpointProof> OpenCheckpointAsync(uint checkpoint, CancellationToken cancellationToken = default)
    {
        Schedule.Require(checkpoint);
        string file = ArchivePath.State(checkpoint);
        ArchiveState? state = await ReadStateAsync(file, cancellationToken).ConfigureAwait(false);
        if (state is null)
        {
            // The root is written beside the checkpoint's own state, in no certain order, with the same content.
            ArchiveState? root = await ReadStateAsync(ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
            if (root is null || root.CurrentLedger != checkpoint)
                throw ArchiveThrow.StateMissing(file, checkpoint, Transport.Location, root?.CurrentLedger);
            file = ArchivePath.RootState;
            state = root;
        }

        return await CheckpointProof.VerifyAsync(Transport, checkpoint, state, file, options, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ArchiveState?> ReadStateAsync(string file, CancellationToken cancellationToken)
    {
        byte[]? json = await ArchiveFile.ReadStoredAsync(Transport, file, ArchiveStateParser.MaximumBytes, cancellationToken).ConfigureAwait(false);
        return json is null ? null : ArchiveStateParser.Parse(json, file);
    }
}
