using System.Text.Json;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>What a data store says about itself.</summary>
/// <remarks>SEP-54, "Configuration File", version 1. Every member may be absent; a member that is there must be right.</remarks>
/// <param name="NetworkPassphrase">The network of the ledgers; null if it does not say.</param>
/// <param name="LedgersPerObject">Ledgers of an object; null if it does not say.</param>
/// <param name="ObjectsPerPartition">Objects of a folder; null if it does not say.</param>
/// <param name="LedgersPath">The folder of the ledgers, as it is written; null for the one of the description.</param>
internal sealed record LedgerStoreManifest(string? NetworkPassphrase, uint? LedgersPerObject, uint? ObjectsPerPartition, string? LedgersPath)
{
    /// <summary>Name of the file, in the store's folder.</summary>
    public const string FileName = ".config.json";

    /// <summary>Largest accepted file in bytes.</summary>
    internal const int MaxFileBytes = 64 * 1024;

    /// <summary>Reads the description of a store in a folder.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <returns>The description; null if there is none.</returns>
    /// <exception cref="LedgerException">It cannot be read, is no such text, or is of a version or compression that is not
    /// known.</exception>
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

    /// <summary>Reads a description.</summary>
    /// <param name="content">The JSON text.</param>
    /// <param name="store">Where the store is, for messages.</param>
    /// <exception cref="LedgerException">It is no such text, or of a version or compression that is not known (code
    /// STORE_MANIFEST).</exception>
    internal static LedgerStoreManifest Parse(ReadOnlyMemory<byte> content, string store)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw LedgerThrow.Manifest(store, "is no JSON object. Fetch it again, or restore it.");
            if (Text(root, store, "version") is { } version && version.Split('.')[0] != "1")
                throw LedgerThrow.Manifest(store, $"has version \"{version}\", and this program knows version 1. Update the program.");
            if (Text(root, store, "compression") is { } compression && compression != "zstd")
            {
                throw LedgerThrow.Manifest(
                    store, $"says that objects are compressed with \"{compression}\", and this program knows zstd. Update the program.");
            }

            return new LedgerStoreManifest(
                Text(root, store, "networkPassphrase"), Number(root, store, "ledgersPerBatch", "ledgersPerFile"),
                Number(root, store, "batchesPerPartition", "filesPerPartition"), Text(root, store, "ledgersPath"));
        }
        catch (JsonException error)
        {
            throw LedgerThrow.Manifest(
                store, $"is no JSON text: {ContentHint.Of(content.Span) ?? error.Message} Fetch it again, or restore it.", error);
        }
    }

    /// <summary>Where the ledgers lie, seen from the folder of the description.</summary>
    /// <remarks>
    /// The path is one of the whole store: what of it is the folder's own place is left out. A path that has nothing of it lies below it.
    /// </remarks>
    /// <param name="location">The folder of the description.</param>
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
            : throw LedgerThrow.Manifest(store, $"has a {name} that is no text. Restore the file.");
    }

    // Both names were written: by SEP-54, and by the programs before it.
    private static uint? Number(JsonElement root, string store, string name, string olderName)
    {
        if (!root.TryGetProperty(name, out JsonElement value) && !root.TryGetProperty(olderName, out value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out uint number) && number > 0
            ? number
            : throw LedgerThrow.Manifest(store, $"has a {name} that is no number from 1 to 4294967295. Restore the file.");
    }
}
