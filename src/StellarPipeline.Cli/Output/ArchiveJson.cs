using System.Text;
using System.Text.Json;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Cli.Output;

/// <summary>A proved checkpoint as JSON.</summary>
internal static class ArchiveJson
{
    /// <summary>One document.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="chosen">The checkpoint.</param>
    /// <param name="counters">Counters of its buckets; null if none was read.</param>
    /// <param name="cache">The cache that was filled; null for none.</param>
    /// <param name="fetched">The plan of the fetch; null for none.</param>
    /// <param name="seconds">Duration of the fetch, in seconds.</param>
    public static string Render(
        HistoryArchive archive, ChosenCheckpoint chosen, IReadOnlyList<BucketCounters>? counters, CachingTransport? cache = null,
        BucketFetchPlan? fetched = null, double seconds = 0)
    {
        CheckpointProof proof = chosen.Proof;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("archive", archive.Transport.Location);
            writer.WriteNumber("ledger", proof.Checkpoint);
            writer.WriteNumber("protocol", proof.ProtocolVersion);
            writer.WriteString("close_time", proof.CloseTime);
            writer.WriteString("network", proof.NetworkPassphrase);
            writer.WriteString("rests_on", proof.Trust.ToString());
            writer.WriteString("header_hash", proof.HeaderHash.ToString());
            writer.WriteString("bucket_list_hash", proof.BucketListHash.ToString());
            writer.WriteNumber("base_reserve", proof.BaseReserve);
            writer.WriteStartArray("remarks");
            foreach (string remark in chosen.Remarks) writer.WriteStringValue(OptionNames.In(remark));
            writer.WriteEndArray();
            writer.WriteStartArray("buckets");
            foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.Live).Concat(
                proof.State.Buckets(BucketListKind.HotArchive)))
            {
                Write(writer, bucket, counters);
            }

            writer.WriteEndArray();
            if (cache is not null && fetched is not null)
            {
                writer.WriteStartObject("fetch");
                writer.WriteString("cache", cache.Cache.Folder);
                writer.WriteNumber("present", fetched.Present.Count);
                writer.WriteNumber("present_bytes", fetched.PresentBytes);
                writer.WriteNumber("missing", fetched.Missing.Count);
                writer.WriteNumber("fetched_bytes", cache.FetchedBytes);
                writer.WriteNumber("seconds", Math.Round(seconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, BucketReference bucket, IReadOnlyList<BucketCounters>? counters)
    {
        writer.WriteStartObject();
        writer.WriteString("position", bucket.Position.ToString());
        writer.WriteString("hash", bucket.Hash.ToString());
        if (counters?.FirstOrDefault(each => each.Bucket.Hash == bucket.Hash) is { } read)
        {
            writer.WriteNumber("records", read.Records);
            writer.WriteNumber("live_entries", read.LiveEntries);
            writer.WriteNumber("bytes", read.ContentBytes);
            writer.WriteNumber("stored_bytes", read.StoredBytes);
        }

        writer.WriteEndObject();
    }
}
