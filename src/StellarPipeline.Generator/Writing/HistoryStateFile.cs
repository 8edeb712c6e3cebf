using System.Text.Json;

namespace StellarPipeline.Generator.Writing;

/// <summary>
/// Makes a history archive state, the JSON file that names a checkpoint's buckets (stellar-core src/history/HistoryArchive.h).
/// </summary>
internal static class HistoryStateFile
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, IndentSize = 4 };

    /// <summary>Makes the file's bytes.</summary>
    /// <param name="settings">The archive's settings.</param>
    /// <param name="live">Hashes of the live list, level 0 first.</param>
    /// <param name="hotArchive">Hashes of the hot archive's list; null writes version 1.</param>
    /// <returns>UTF-8 JSON with a final line feed.</returns>
    public static byte[] Make(
        ArchiveSettings settings, IEnumerable<(string Curr, string Snap)> live, IEnumerable<(string Curr, string Snap)>? hotArchive)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(live);
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("version", hotArchive is null ? 1 : 2);
            json.WriteString("server", settings.Server);
            json.WriteNumber("currentLedger", settings.CheckpointLedger);
            if (settings.Passphrase is not null) json.WriteString("networkPassphrase", settings.Passphrase);
            WriteList(json, "currentBuckets", live);
            if (hotArchive is not null) WriteList(json, "hotArchiveBuckets", hotArchive);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<(string Curr, string Snap)> levels)
    {
        json.WriteStartArray(name);
        foreach ((string curr, string snap) in levels)
        {
            json.WriteStartObject();
            json.WriteString("curr", curr);
            json.WriteStartObject("next");
            json.WriteNumber("state", 0);
            json.WriteEndObject();
            json.WriteString("snap", snap);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
