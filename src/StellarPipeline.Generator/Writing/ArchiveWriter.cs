namespace StellarPipeline.Generator.Writing;

/// <summary>Writes a history archive with one checkpoint: buckets, headers, state files, empty transaction and result files.</summary>
/// <remarks>
/// Records are written unchecked and in the given order, so that damaged archives can be made too. Layout: stellar-core docs/history.md.
/// Memory does not grow with the number of records. The folder may exist; files of the same names are replaced.
/// </remarks>
internal static class ArchiveWriter
{
    /// <summary>Writes an archive on the caller's thread.</summary>
    /// <param name="folder">The archive's folder; it is created if needed.</param>
    /// <param name="definition">The archive to write.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    /// <returns>The written archive.</returns>
    public static WrittenArchive Write(string folder, ArchiveDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Seal(folder, definition.Settings, WriteBuckets(folder, definition, cancellationToken));
    }

    /// <summary>Writes only the buckets of an archive.</summary>
    internal static List<WrittenBucket> WriteBuckets(string folder, ArchiveDefinition definition, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        List<WrittenBucket> buckets = [];
        WriteList(folder, definition, definition.Levels, hotArchive: false, buckets, cancellationToken);
        if (definition.HotArchiveLevels is { } hot) WriteList(folder, definition, hot, hotArchive: true, buckets, cancellationToken);
        else if (definition.Settings.Protocol >= 23) WriteList(folder, definition, [], hotArchive: true, buckets, cancellationToken);
        return buckets;
    }

    /// <summary>Writes an archive on a pool thread.</summary>
    /// <param name="folder">The archive's folder; it is created if needed.</param>
    /// <param name="definition">The archive to write.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    /// <returns>The written archive.</returns>
    public static Task<WrittenArchive> WriteAsync(
        string folder, ArchiveDefinition definition, CancellationToken cancellationToken = default) =>
            Task.Run(() => Write(folder, definition, cancellationToken), cancellationToken);

    /// <summary>Writes everything except the buckets; headers and state files match the given buckets.</summary>
    /// <param name="folder">The archive's folder.</param>
    /// <param name="settings">The settings of the archive.</param>
    /// <param name="buckets">Its buckets, live list first, newest first.</param>
    /// <returns>The written archive.</returns>
    public static WrittenArchive Seal(string folder, ArchiveSettings settings, IReadOnlyList<WrittenBucket> buckets)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(buckets);
        byte[] commitment = BucketListHash.OfHeader(
            settings.Protocol,
            BucketListHash.OfList(Hashes(buckets, hotArchive: false)),
            BucketListHash.OfList(Hashes(buckets, hotArchive: true)));
        List<byte[]> headers = LedgerFile.Make(settings, commitment, out byte[] headerHash);
        return Seal(folder, settings, buckets, commitment, headers, headerHash);
    }

    /// <summary>The same with existing headers.</summary>
    internal static WrittenArchive Seal(
        string folder, ArchiveSettings settings, IReadOnlyList<WrittenBucket> buckets, byte[] commitment, IReadOnlyList<byte[]> headers,
        byte[] headerHash)
    {
        WrittenArchive archive = new()
        {
            Folder = folder,
            Settings = settings,
            Buckets = buckets,
            BucketListHash = commitment,
            HeaderHash = headerHash,
        };
        GzipFiles.Write(archive.LedgerPath, RecordFraming.Join(headers), settings.Compression);
        GzipFiles.Write(Path.Combine(folder, ArchivePaths.OfCheckpoint("transactions", settings.CheckpointLedger, ".xdr.gz")), []);
        GzipFiles.Write(Path.Combine(folder, ArchivePaths.OfCheckpoint("results", settings.CheckpointLedger, ".xdr.gz")), []);
        List<(string Curr, string Snap)> hot = Hashes(buckets, hotArchive: true);
        byte[] state = HistoryStateFile.Make(settings, Hashes(buckets, hotArchive: false), hot.Count == 0 ? null : hot);
        foreach (string path in (ReadOnlySpan<string>)[archive.StatePath, archive.RootStatePath])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, state);
        }

        return archive;
    }

    private static void WriteList(
        string folder,
        ArchiveDefinition definition,
        IReadOnlyList<LevelBuckets> levels,
        bool hotArchive,
        List<WrittenBucket> buckets,
        CancellationToken cancellationToken)
    {
        for (int level = 0; level < Math.Max(levels.Count, ArchiveDefinition.LevelCount); level++)
        {
            LevelBuckets place = level < levels.Count ? levels[level] : new LevelBuckets();
            buckets.Add(new(hotArchive, level, IsSnap: false, WriteBucket(folder, definition, place.Curr, hotArchive, cancellationToken)));
            buckets.Add(new(hotArchive, level, IsSnap: true, WriteBucket(folder, definition, place.Snap, hotArchive, cancellationToken)));
        }
    }

    private static BucketFile WriteBucket(
        string folder, ArchiveDefinition definition, IEnumerable<BucketRecord>? records, bool hotArchive,
        CancellationToken cancellationToken)
    {
        if (records is null) return BucketFile.Empty;
        ArchiveSettings settings = definition.Settings;
        using BucketFileWriter writer = new(folder, "bucket", settings.Compression);
        if (definition.AddMetadata && settings.Protocol >= 11) writer.Append(BucketRecord.MetaOf(settings.Protocol, hotArchive));
        foreach (BucketRecord record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.Append(record);
        }

        return writer.Complete();
    }

    private static List<(string Curr, string Snap)> Hashes(IReadOnlyList<WrittenBucket> buckets, bool hotArchive)
    {
        List<(string Curr, string Snap)> hashes = [];
        for (int index = 0; index < buckets.Count; index += 2)
        {
            if (buckets[index].HotArchive == hotArchive) hashes.Add((buckets[index].File.Hash, buckets[index + 1].File.Hash));
        }

        return hashes;
    }
}
