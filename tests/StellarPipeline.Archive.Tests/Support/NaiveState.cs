using System.Text.Json.Nodes;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>
/// The state of a checkpoint the plain way: whole buckets in memory, newest first, and a dictionary of the keys seen. Shares no code with
/// the merge but the place of the key.
/// </summary>
internal sealed class NaiveState
{
    private readonly Dictionary<string, byte[]?> newest = [];

    private NaiveState()
    {
    }

    /// <summary>Live entries by key, both as hexadecimal text.</summary>
    public Dictionary<string, string> Live =>
        newest.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => Convert.ToHexString(pair.Value!));

    public int Tombstones => newest.Count(pair => pair.Value is null);

    public long Shadowed { get; private set; }

    public static NaiveState Read(string folder, uint checkpoint)
    {
        var state = new NaiveState();
        foreach (string path in BucketPaths(folder, checkpoint, "currentBuckets"))
            state.Add(RecordFraming.Split(GzipFiles.Read(path)));
        return state;
    }

    public static IEnumerable<string> BucketPaths(string folder, uint checkpoint, string list)
    {
        JsonObject json =
            JsonNode.Parse(File.ReadAllText(Path.Combine(folder, ArchivePaths.OfCheckpoint("history", checkpoint, ".json"))))!.AsObject();
        return json[list]!.AsArray()
            .SelectMany(level => new[] { (string)level!["curr"]!, (string)level["snap"]! })
            .Where(hash => hash.Any(digit => digit != '0'))
            .Select(hash => Path.Combine(folder, ArchivePaths.OfBucket(hash)));
    }

    public static string KeyOf(byte[] ledgerEntry)
    {
        var key = LedgerKeyLocation.OfEntry(ledgerEntry);
        return $"{(int)key.Type:x8}" + Convert.ToHexString(key.Body(ledgerEntry));
    }

    private void Add(List<byte[]> records)
    {
        foreach (byte[] record in records)
        {
            int arm = record[3] == 0xff ? -1 : record[3];
            byte[] body = record[4..];
            if (arm == -1)
                continue;
            string key = arm == 1 ? Convert.ToHexStringLower(body[..4]) + Convert.ToHexString(body[4..]) : KeyOf(body);
            if (!newest.TryAdd(key, arm == 1 ? null : body))
                Shadowed++;
        }
    }
}
