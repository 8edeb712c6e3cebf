using System.Text.Json;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>The configuration file of a data store.</summary>
/// <remarks>SEP-54, "Configuration File", version 1. Every member is optional; a member that is present must be valid.</remarks>
/// <param name="NetworkPassphrase">The network's passphrase; null if absent.</param>
/// <param name="LedgersPerObject">Ledgers per object; null if absent.</param>
/// <param name="ObjectsPerPartition">Objects per folder; null if absent.</param>
/// <param name="LedgersPath">The folder of the ledgers, as written; null for the folder of the configuration file.</param>
internal sealed record LedgerStoreManifest(
    string? NetworkPassphrase, uint? LedgersPerObject, uint? ObjectsPerPartition, string? LedgersPath)
{
    /// <summary>Name of the file, in the store's folder.</summary>
    public const string FileName = ".config.json";

    /// <summary>Size limit of the file in bytes.</summary>
    internal const int MaxFileBytes = 64 * 1024;

    /// <summary>Reads the configuration file of a store in a folder.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <returns>The configuration; null if there is no file.</returns>
    /// <exception cref="LedgerException">The file cannot be read, is not valid, or has an unknown version or compression.</exception>
    public static LedgerStoreManifest? ReadFolder(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(file))
                return null;
            return new FileInfo(file).Length <= MaxFileBytes ? Parse(File.ReadAllBytes(file), folder)
                : throw LedgerThrow.Manifest(folder, "is too large for such a file. Restore it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw LedgerThrow.ReadFailed(file, error);
        }
    }

    /// <summary>Parses a configuration file.</summary>
    /// <param name="content">The JSON text.</param>
    /// <param name="store">Location of the store, for messages.</param>
    /// <exception cref="LedgerException">The text is not valid, or has an unknown version or compression (code STORE_MANIFEST).</exception>
    internal static LedgerStoreManifest Parse(ReadOnlyMemory<byte> content, string store)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw LedgerThrow.Manifest(store, "is not a JSON object. Fetch it again, or restore it.");
            if (Text(root, store, "version") is { } version && version.Split('.')[0] != "1")
                throw LedgerThrow.Manifest(store, $"has version \"{version}\", but this program knows only version 1. Update the program.");
            if (Text(root, store, "compression") is { } compression && compression != "zstd")
            {
                throw LedgerThrow.Manifest(
                    store,
                    $"says that objects are compressed with \"{compression}\", but this program knows only zstd. Update the program.");
            }

            return new LedgerStoreManifest(
                Text(root, store, "networkPassphrase"), Number(root, store, "ledgersPerBatch", "ledgersPerFile"),
                Number(root, store, "batchesPerPartition", "filesPerPartition"), Text(root, store, "ledgersPath"));
        }
        catch (JsonException error)
        {
            throw LedgerThrow.Manifest(
                store, $"is not JSON: {ContentHint.Of(content.Span) ?? error.Message} Fetch it again, or restore it.", error);
        }
    }

    /// <summary>The path of the ledgers, relative to the folder of the configuration file.</summary>
    /// <remarks>
    /// LedgersPath may include the path of that folder itself; that part is removed. A path without it is below the folder.
    /// </remarks>
    /// <param name="location">The folder of the configuration file.</param>
    /// <returns>A prefix for paths: empty, or ending with a slash.</returns>
    internal string PrefixIn(string location)
    {
        string[] wanted = (LedgersPath ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        string[] place = location.Split('/', '\\').Where(part => part.Length > 0).ToArray();
        for (int shared = Math.Min(wanted.Length, place.Length); shared > 0; shared--)
        {
            if (wanted.AsSpan(0, shared).SequenceEqual(place.AsSpan(place.Length - shared)))
                return Prefix(wanted[shared..]);
        }

        return Prefix(wanted);

        static string Prefix(string[] parts) => parts.Length == 0 ? "" : string.Join('/', parts) + "/";
    }

    private static string? Text(JsonElement root, string store, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw LedgerThrow.Manifest(store, $"has a {name} that is not text. Restore the file.");
    }

    // The first name is that of SEP-54, the second that of earlier programs.
    private static uint? Number(JsonElement root, string store, string name, string olderName)
    {
        if (!root.TryGetProperty(name, out JsonElement value) && !root.TryGetProperty(olderName, out value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out uint number) && number > 0
            ? number
            : throw LedgerThrow.Manifest(store, $"has a {name} that is not a number from 1 to 4294967295. Restore the file.");
    }
}
