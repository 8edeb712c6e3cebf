using System.IO.Compression;
using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;

namespace StellarPipeline.LoadTest.Data;

/// <summary>Generates datasets once and keeps them in a folder.</summary>
/// <remarks>
/// A dataset is generated in a folder with another name, which is renamed when it is complete; so an interrupted run leaves no dataset that
/// looks complete.
/// </remarks>
internal static class DatasetStore
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Opens the dataset of a size; generates it if it does not exist.</summary>
    public static async Task<Dataset> OpenAsync(LoadTestOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(options.DataDirectory);
        Directory.CreateDirectory(root);
        string target = Path.Combine(root, options.Size.FolderName);
        if (options.Fresh && Directory.Exists(target)) Directory.Delete(target, recursive: true);
        if (Dataset.TryOpen(target) is { } kept)
        {
            await log.WriteLineAsync($"Using the archive and rows kept in {target} (--fresh generates them again).");
            return kept;
        }

        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        string building = Path.Combine(root, FormattableString.Invariant($".{options.Size.FolderName}.{Environment.ProcessId}"));
        try
        {
            await MakeAsync(building, options.Size, log, cancellationToken);
            Directory.Move(building, target);
        }
        finally
        {
            if (Directory.Exists(building)) Directory.Delete(building, recursive: true);
        }

        return Dataset.TryOpen(target)
            ?? throw LoadTestException.Failed(
                $"The dataset in {target} was written but cannot be read back. Delete the folder and start again.");
    }

    private static async Task MakeAsync(string directory, DatasetSize size, TextWriter log, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(directory, "rows"));
        await log.WriteLineAsync(FormattableString.Invariant(
            $"Generating {size.Accounts:N0} accounts, {size.Trustlines:N0} trustlines and {size.Others:N0} other entries …"));
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(
            Path.Combine(directory, "archive"), size.ToGeneratorOptions(), cancellationToken: cancellationToken);
        var facts = new DatasetFacts
        {
            Checkpoint = generated.CheckpointLedger,
            Buckets = generated.Archive.Buckets.Count(bucket => bucket.File.RawBytes > 0),
            LiveEntries = generated.LiveEntryCount,
            Records = generated.RecordCount,
            CompressedBytes = generated.CompressedBytes,
            RawBytes = generated.RawBytes,
            RowBytes = 0,
            ExpectedRows = generated.ExpectedRows.ByTable().ToDictionary(),
        };
        var dataset = new Dataset(directory, facts);

        await log.WriteLineAsync("Writing the rows as COPY files, in key order and shuffled …");
        await WriteContentAsync(dataset, cancellationToken);
        await RowFileWriter.WriteAsync(dataset, cancellationToken);
        foreach (string table in facts.ExpectedRows.Keys)
            RowShuffler.Shuffle(dataset.RowFile(table), dataset.ShuffledRowFile(table), size.Seed);
        long rowBytes = facts.ExpectedRows.Keys.Sum(table => new FileInfo(dataset.RowFile(table)).Length);
        OpenToEveryone(directory);
        await File.WriteAllBytesAsync(Path.Combine(directory, Dataset.FactsFile),
            JsonSerializer.SerializeToUtf8Bytes(facts with { RowBytes = rowBytes }, Indented), cancellationToken);
    }

    private static async Task WriteContentAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        await using FileStream content = File.Create(dataset.Content);
        foreach (string file in dataset.BucketFiles)
        {
            await using FileStream stored = File.OpenRead(file);
            await using var gzip = new GZipStream(stored, CompressionMode.Decompress);
            await gzip.CopyToAsync(content, 1 << 20, cancellationToken);
        }
    }

    /// <summary>Lets all users read the row files: the server, which reads them, runs as another user. Their rows are invented.</summary>
    private static void OpenToEveryone(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Enter = Read | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(directory, Enter);
        File.SetUnixFileMode(Path.Combine(directory, "rows"), Enter);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(directory, "rows"))) File.SetUnixFileMode(file, Read);
    }
}
