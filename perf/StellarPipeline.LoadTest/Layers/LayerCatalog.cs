using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>All layers in the order of a round, from the lowest to the highest.</summary>
internal static class LayerCatalog
{
    public static IReadOnlyList<Layer> All { get; } =
    [
        new ToolLayer("cat", [], "cat of the compressed buckets to /dev/null, page cache warm", dataset => dataset.BucketFiles,
            facts => facts.CompressedBytes),
        new ClientLayer(
            "read", "read the compressed buckets, page cache warm", "tool-cat", ArchiveWork.ReadAsync, facts => facts.CompressedBytes),
        new ToolLayer("gzip", ["-dc"], "gzip -dc of the buckets", dataset => dataset.BucketFiles, facts => facts.RawBytes),
        new ToolLayer("pigz", ["-dc"], "pigz -dc of the buckets", dataset => dataset.BucketFiles, facts => facts.RawBytes),
        new ClientLayer("gunzip", "read + decompress, one thread", "tool-gzip", ArchiveWork.GunzipAsync, facts => facts.RawBytes),
        new ToolLayer("sha256sum", [], "sha256sum of the decompressed content", dataset => [dataset.Content], facts => facts.RawBytes),
        new ToolLayer("openssl", ["dgst", "-sha256"], "openssl dgst -sha256 of the decompressed content", dataset => [dataset.Content],
            facts => facts.RawBytes),
        new ClientLayer("hash", "only SHA-256 of the decompressed content, one thread", "tool-openssl", ArchiveWork.HashAsync,
            facts => facts.RawBytes),
        new ClientLayer(
            "frame", "read + decompress + hash + framing, a bucket at a time", "gunzip", ArchiveWork.FrameAsync, facts => facts.RawBytes),
        new ClientLayer("merge", "all buckets in parallel + merge, chunks discarded", "frame",
            (dataset, token) => ArchiveWork.GraphAsync(dataset, ClientDepth.Merge, token), facts => facts.RawBytes),
        new ClientLayer("decode", "+ decode, classify, encode, pages discarded", "merge",
            (dataset, token) => ArchiveWork.GraphAsync(dataset, ClientDepth.Decode, token), facts => facts.RawBytes),
        new ClientLayer("accumulate", "+ parents and batches, batches discarded: all of the client", "decode",
            (dataset, token) => ArchiveWork.GraphAsync(dataset, ClientDepth.Accumulate, token), facts => facts.RawBytes),

        new ServerCopyLayer("copy-unlogged", "server-side COPY, unlogged tables, no keys", KeyHandling.NoneUnlogged),
        new ServerCopyLayer("copy-bare", "server-side COPY, no keys", KeyHandling.None),
        new ServerCopyLayer(DatabaseLayer.CeilingName,
            "C: server-side COPY, primary keys in place, foreign keys not checked, nothing proved", KeyHandling.Kept),
        new ServerCopyLayer("copy-truncate", "C, tables truncated in the transaction: with wal_level = minimal the rows write no WAL",
            KeyHandling.KeptTruncated),
        new ServerCopyLayer(
            "copy-rebuild", "server-side COPY, keys dropped and created again, foreign keys validated by the server", KeyHandling.Rebuilt),
        new PsqlCopyLayer(),
        new PopulateLayer(PopulateLayer.MainName, "populate, archive to COMMIT, all proofs, strategy chosen by auto"),
        new PopulateProcessLayer(ProgramForm.Native),
        new PopulateProcessLayer(ProgramForm.SelfContained),
        new PopulateProcessLayer(ProgramForm.Published),
        new PopulateProcessLayer(ProgramForm.Built),
        Keys(ForeignKeyChoice.Replica),
        Keys(ForeignKeyChoice.Recreate),
        Keys(ForeignKeyChoice.Deferred),
        Keys(ForeignKeyChoice.Ordered),
        new PopulateLayer("keys-rebuild", "populate with indexes dropped and built after the rows, foreign keys by recreate",
            options => options with { ForeignKeys = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always }),
        new NaiveLayer(),
        new ServerCopyLayer("copy-random", "C with the rows in random order, like those of a loader that keeps a set of keys",
            KeyHandling.Kept, shuffled: true),
    ];

    /// <summary>The layers selected by names, groups or prefixes of names (with *); all layers if there are no names.</summary>
    /// <exception cref="LoadTestException">A name is unknown.</exception>
    public static IReadOnlyList<Layer> Select(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return All;
        foreach (string name in names)
        {
            if (!All.Any(layer => Matches(layer, name)))
            {
                throw LoadTestException.Usage(
                    $"--only {name} is not a layer or group. Groups: "
                        + $"{string.Join(", ", Enum.GetNames<LayerGroup>().Select(group => group.ToLowerInvariant()))}. Layers: "
                        + $"{string.Join(", ", All.Select(layer => layer.Name))}.");
            }
        }

        return [.. All.Where(layer => names.Any(name => Matches(layer, name)))];
    }

    private static PopulateLayer Keys(ForeignKeyChoice choice) => new(
        "keys-" + choice.ToString().ToLowerInvariant(),
        $"populate with the foreign keys kept by {choice.ToString().ToLowerInvariant()}",
        options => options with { ForeignKeys = choice, IndexRebuild = IndexRebuild.Never });

    private static bool Matches(Layer layer, string name) =>
        name.EndsWith('*')
            ? layer.Name.StartsWith(name[..^1], StringComparison.OrdinalIgnoreCase)
            : layer.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                || layer.Group.ToString().Equals(name, StringComparison.OrdinalIgnoreCase);
}
